import path from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Flow } from '../../core/flow.ts'
import { type Runs, runningIn } from '../../core/runs.ts'
import type { Sensor } from '../../core/sensor.ts'
import type { Watch } from '../../core/watch.ts'
import type { Webhook } from '../../core/webhook.ts'
import type { Wemo } from '../../core/wemo.ts'
import type { LoadedConfig } from '../config.ts'
import { loadFlows } from '../flows.ts'
import { loadSchedules, type NamedSchedule } from '../schedules.ts'
import { sensorsIn, watchesIn, wemosIn } from '../triggers-in.ts'
import { webhooksIn } from '../webhooks-in.ts'

/** What a daemon does, as `flows/index.ts` exports it, by names. What AWS keeps stands in `inCloud` alone. */
export interface Declared {
  readonly flows: ReadonlyMap<string, Flow>
  readonly schedules: ReadonlyMap<string, NamedSchedule>
  readonly watches: ReadonlyMap<string, Watch>
  readonly sensors: ReadonlyMap<string, Sensor>
  readonly webhooks: ReadonlyMap<string, Webhook>
  readonly wemos: readonly Wemo[]
  readonly inCloud: Pick<Declared, 'schedules' | 'watches' | 'webhooks'>
}

/**
 * Loads what the flows' file of a configuration exports. Throws `InvalidConfig` where there is none, where it throws, and
 * for a schedule whose flow is not exported; and what sensors, watches and types that can't be are refused with.
 */
export async function loadDeclared(loaded: LoadedConfig): Promise<Declared> {
  const flows = await loadFlows(loaded)
  const file = path.resolve(loaded.folder, loaded.config.flows)
  const exported = (await import(pathToFileURL(file).href)) as Record<string, unknown>
  const schedules = await loadSchedules(loaded, flows)
  const watches = watchesIn(exported)
  const webhooks = webhooksIn(exported, flows, file)
  const kept = (where: Runs) => ({
    schedules: runningIn(where, schedules, ({ schedule }) => schedule.options.runs, loaded.config),
    watches: runningIn(where, watches, watch => watch.runs, loaded.config),
    webhooks: runningIn(where, webhooks, webhook => webhook.runs, loaded.config),
  })
  return {
    flows,
    sensors: sensorsIn(exported),
    wemos: wemosIn(exported),
    ...kept('daemon'),
    inCloud: kept('cloud'),
  }
}
