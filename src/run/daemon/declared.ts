import path from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Flow } from '../../core/flow.ts'
import type { Sensor } from '../../core/sensor.ts'
import type { Watch } from '../../core/watch.ts'
import type { Webhook } from '../../core/webhook.ts'
import type { Wemo } from '../../core/wemo.ts'
import type { LoadedConfig } from '../config.ts'
import { loadFlows } from '../flows.ts'
import { loadSchedules, type NamedSchedule } from '../schedules.ts'
import { sensorsIn, watchesIn, wemosIn } from '../triggers-in.ts'
import { webhooksIn } from './webhooks-in.ts'

/** What a daemon does, as `flows/index.ts` exports it, by names. */
export interface Declared {
  readonly flows: ReadonlyMap<string, Flow>
  readonly schedules: ReadonlyMap<string, NamedSchedule>
  readonly watches: ReadonlyMap<string, Watch>
  readonly sensors: ReadonlyMap<string, Sensor>
  readonly webhooks: ReadonlyMap<string, Webhook>
  readonly wemos: readonly Wemo[]
}

/**
 * Loads what the flows' file of a configuration exports. Throws `InvalidConfig` where there is none, where it throws, and
 * for a schedule whose flow is not exported; and what sensors, watches and types that can't be are refused with.
 */
export async function loadDeclared(loaded: LoadedConfig): Promise<Declared> {
  const flows = await loadFlows(loaded)
  const file = path.resolve(loaded.folder, loaded.config.flows)
  const exported = (await import(pathToFileURL(file).href)) as Record<string, unknown>
  return {
    flows,
    schedules: await loadSchedules(loaded, flows),
    watches: watchesIn(exported),
    sensors: sensorsIn(exported),
    webhooks: webhooksIn(exported, flows, file),
    wemos: wemosIn(exported),
  }
}
