import * as z from 'zod'
import type { Flow } from '../../../src/core/flow.ts'
import {
  flow,
  type Json,
  pretty,
  type Schedule,
  type ScheduleOptions,
  schedule,
  type When,
} from '../../../src/index.ts'
import type { Database } from '../../../src/state/sqlite/index.ts'
import { openScheduleStore } from '../../../src/state/sqlite/index.ts'
import { createScheduleKeeper, type ScheduleKeeper } from '../../../src/triggers/schedule/index.ts'
import { manualClock } from '../../fakes/manual-clock.ts'

export const listing = flow({ input: z.strictObject({ path: z.string().default('/') }), steps: pretty() })
export const other = flow({ input: z.strictObject({}), steps: pretty() })

export const utc = (text: string) => Date.parse(text)

/** What a keeper did, and what it may be hindered by. */
export function world(start: string) {
  const clock = manualClock(utc(start))
  let offset = 0
  const started: {
    readonly name: string
    readonly at: string
    readonly input: Json
    readonly flow: string
  }[] = []
  const notices: string[] = []
  const running = new Set<string>()
  const flows = new Map<string, Flow>([
    ['listing', listing],
    ['other', other as unknown as Flow],
  ])
  const now = () => clock.now() + offset
  let failures = 0

  /** A process that keeps schedules on a database. */
  const keep = async (
    database: Database,
    schedules: Readonly<Record<string, Schedule | { readonly schedule: Schedule; readonly flow: string }>>,
  ): Promise<ScheduleKeeper> => {
    const named = Object.entries(schedules).map(
      ([name, one]) => [name, 'schedule' in one ? one : { schedule: one, flow: 'listing' }] as const,
    )
    const keeper = createScheduleKeeper(new Map(named), {
      clock: { now, sleep: clock.sleep },
      store: openScheduleStore(database),
      flowOf: name => flows.get(name),
      isRunning: async (_flow, execution) => running.has(execution),
      async startFlow(started_, input, { name }) {
        if (failures > 0) {
          failures--
          throw new Error('the disk is full')
        }
        // An execution of that name does nothing a second time, as the executor's store has it.
        if (started.some(one => one.name === name)) return
        const flowName = [...flows].find(([, one]) => one === started_)![0]
        started.push({ name, at: new Date(now()).toISOString(), input, flow: flowName })
      },
      notice: text => void notices.push(text),
    })
    await keeper.start()
    await clock.advance(0)
    return keeper
  }

  return {
    clock,
    started,
    notices,
    running,
    flows,
    keep,
    times: () => started.map(({ at }) => at),
    /** Sets the clock, without time going by. */
    setClock: (ms: number) => {
      offset += ms
    },
    failStarts: (count: number) => {
      failures = count
    },
  }
}

export const scheduled = (when: When, options: ScheduleOptions = {}) => schedule(listing, when, {}, options)

export const minutes = (count: number) => count * 60_000
export const hours = (count: number) => count * 3_600_000
export const days = (count: number) => count * 86_400_000
