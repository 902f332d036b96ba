import type { Flow } from '../../core/flow.ts'
import type { Clock } from '../../core/ports.ts'
import type { ScheduleStore } from '../../core/schedule/kept.ts'
import { createScheduleKeeper, type ScheduleKeeper } from '../../triggers/schedule/index.ts'
import type { LoadedConfig } from '../config.ts'
import { openSchedules } from '../open-schedules.ts'
import type { NamedSchedule } from '../schedules.ts'
import type { Executor } from './executor.ts'
import type { Part } from './part.ts'

interface SchedulesOptions {
  readonly loaded: LoadedConfig
  readonly schedules: ReadonlyMap<string, NamedSchedule>
  readonly flows: ReadonlyMap<string, Flow>
  readonly executor: Executor
  readonly clock: Clock
  say(text: string): void
}

/** The part that starts flows at their times. */
export function createSchedulesPart(options: SchedulesOptions): Part {
  const { loaded, schedules, flows, executor, clock, say } = options
  let store: ScheduleStore | undefined
  let keeper: ScheduleKeeper | undefined
  return {
    async start() {
      store = await openSchedules(loaded, say)
      keeper = createScheduleKeeper(schedules, {
        clock,
        store,
        flowOf: name => flows.get(name),
        startFlow: executor.startFlow,
        isRunning: executor.isRunning,
        notice: say,
      })
      await keeper.start()
    },
    status: () => keeper?.status() ?? { schedules: [] },
    troubles: () => keeper?.troubles() ?? [],
    async close() {
      await keeper?.close()
      await store?.close()
    },
  }
}
