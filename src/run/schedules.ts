import path from 'node:path'
import { pathToFileURL } from 'node:url'
import { InvalidConfig } from '../core/errors.ts'
import type { Flow } from '../core/flow.ts'
import { isSchedule, type Schedule } from '../core/schedule.ts'
import type { LoadedConfig } from './config.ts'

/** A schedule, and the name of the flow that it starts. */
export interface NamedSchedule {
  readonly schedule: Schedule
  readonly flow: string
}

/**
 * The schedules that `flows/index.ts` exports, by their names there. `flows` are those of the same file, which is loaded
 * by then. Throws `InvalidConfig` for one whose flow is not exported.
 */
export async function loadSchedules(
  { config, folder }: LoadedConfig,
  flows: ReadonlyMap<string, Flow>,
): Promise<ReadonlyMap<string, NamedSchedule>> {
  const file = path.resolve(folder, config.flows)
  const exported = (await import(pathToFileURL(file).href)) as Record<string, unknown>
  const names = new Map([...flows].map(([name, flow]) => [flow, name]))
  const found = new Map<string, NamedSchedule>()
  for (const [name, schedule] of Object.entries(exported)) {
    if (!isSchedule(schedule)) continue
    const flow = names.get(schedule.flow)
    if (flow === undefined)
      throw new InvalidConfig(
        `${file}: the schedule ${name} starts a flow that is not exported; export it beside the schedule, so that it has a name to be started by`,
      )
    found.set(name, { schedule, flow })
  }
  return found
}
