import type { Json } from '../../core/json.ts'
import { nextFirings } from '../../core/schedule/firings.ts'
import type { KeptFiring, ScheduleStore } from '../../core/schedule/kept.ts'
import { decide, starts } from './decide.ts'
import { dueBetween, mostCounted } from './due.ts'
import { firingKey } from './key.ts'
import { carryOut, type StartPorts } from './start.ts'
import { declaredAs, type Named, type ScheduleStatus, scheduleStatus } from './status.ts'

/** What a keeper of schedules is given. */
export interface ScheduleKeeperPorts extends StartPorts {
  readonly store: ScheduleStore
  /** Whether an execution of a flow goes on. */
  isRunning(flow: string, execution: string): Promise<boolean>
}

/** Schedules that are kept. */
export interface ScheduleKeeper {
  start(): Promise<void>
  status(): { readonly schedules: readonly ScheduleStatus[] } & { readonly [key: string]: Json }
  /** What keeps schedules from being kept, each as a sentence. */
  troubles(): readonly string[]
  close(): Promise<void>
}

/** How often the clock is looked at, for it may be set; milliseconds. */
const lookMs = 15_000

/** A clock that is set back further than that was wrong before. Within it every time of a clock on a wall fires once. */
const backMs = 3 * 3_600_000

/** A rate counts from its last firing; one that is so far ahead is ahead of the clock. */
const aheadMs = 1_000

/** How long is waited when nothing can be written, in milliseconds. */
const unwritableMs = 2_000

/** How long starts under way are waited for at the end, in milliseconds. */
const drainMs = 10_000

const pruneEveryMs = 3_600_000
const keptMs = 90 * 86_400_000

interface Line extends Named {
  readonly name: string
  readonly declared: string
  after: number
  next: number
}

/**
 * Keeps schedules: starts their flows at their times.
 *
 * 1. What is started is written down first, in one transaction with from when on its schedule counts. What a process that
 *    died had decided is started by the next one under the same name, and so once.
 * 2. A time that nobody was there for is told, and made up for only where its schedule says so.
 * 3. A time fires once, whatever is done to the clock: names of executions are made of it.
 * 4. What keeps one schedule from being kept keeps no other.
 */
export function createScheduleKeeper(
  schedules: ReadonlyMap<string, Named>,
  ports: ScheduleKeeperPorts,
): ScheduleKeeper {
  const { clock, store, notice } = ports
  const stop = new AbortController()
  const carrying = new Map<string, Promise<void>>()
  const lines = new Map<string, Line>()
  let running: Promise<void> = Promise.resolve()
  let troubles: readonly string[] = []

  const carry = (firing: KeptFiring) => {
    const key = firing.start!.key
    const schedule = schedules.get(firing.schedule)?.schedule
    const one = carryOut(ports, schedule, firing, stop.signal).finally(() => carrying.delete(key))
    carrying.set(key, one)
  }

  const begin = async (): Promise<void> => {
    const kept = new Map(store.states().map(state => [state.name, state]))
    for (const name of kept.keys()) {
      if (schedules.get(name)?.schedule.options.enabled) continue
      if (!schedules.has(name)) notice(`schedule ${name} is not declared any more, and is forgotten`)
      await store.forget(name)
    }
    for (const [name, named] of schedules) {
      if (!named.schedule.options.enabled) continue
      const declared = declaredAs(named.schedule)
      const known = kept.get(name)
      const same = known?.declared === declared
      if (known !== undefined && !same)
        notice(`schedule ${name} fires at other times than before, which count from now on`)
      const after = same ? known.after : clock.now()
      if (!same) await store.save({ name, declared, after })
      lines.set(name, { ...named, name, declared, after, next: nextOf(named, after) })
    }
    for (const firing of store.unsettled()) carry(firing)
  }

  const look = async (line: Line): Promise<void> => {
    const now = clock.now()
    const ahead = line.after - now
    if (ahead > (line.schedule.when.kind === 'rate' ? aheadMs : backMs)) {
      await store.save({ name: line.name, declared: line.declared, after: now })
      notice(`the clock was set back, and schedule ${line.name} counts from now on`)
      move(line, now)
    }
    if (now < line.next) return
    const due = dueBetween(line.schedule.when, line.after, now)
    if (due === undefined) return
    const decided = decide(line.schedule, due, now, await isBusy(line))
    const firings = decided.map(({ code, due, count }): KeptFiring => {
      const said = { schedule: line.name, due, at: now, code, count }
      if (!starts(code)) return said
      const { flow, schedule } = line
      const key = firingKey(line.name, due)
      return { ...said, start: { key, flow, input: schedule.input, carried: 'decided' } }
    })
    await store.save({ name: line.name, declared: line.declared, after: due.last }, firings)
    move(line, due.last)
    for (const firing of firings) {
      tell(firing)
      if (firing.start !== undefined) carry(firing)
    }
  }

  const isBusy = async ({ name, schedule }: Line): Promise<boolean> => {
    if (schedule.options.overlap) return false
    const [last] = store.firings({ schedule: name, started: true, limit: 1 })
    if (last?.start === undefined) return false
    const { key, flow } = last.start
    return carrying.has(key) || (await ports.isRunning(flow, key))
  }

  const tell = ({ schedule, code, count, due }: KeptFiring) => {
    const times =
      count === 1 ? 'a time was' : `${count > mostCounted ? `more than ${mostCounted}` : count} times were`
    const last = `${count === 1 ? 'at' : 'the last at'} ${new Date(due).toISOString()}`
    if (code === 'missed') notice(`schedule ${schedule}: ${times} missed, ${last}; nothing is made up for`)
    if (code === 'late') notice(`schedule ${schedule}: ${times} missed, ${last}; it fires once for them, now`)
    if (code === 'overlap')
      notice(
        `schedule ${schedule}: its execution of before goes on, and ${new Date(due).toISOString()} is left out`,
      )
  }

  /** Answers what was in the way. */
  const attempt = async (line: Line): Promise<string | undefined> => {
    try {
      await look(line)
      return undefined
    } catch (thrown) {
      return `schedule ${line.name} can't be kept at present: ${(thrown as Error).message}`
    }
  }

  const keep = async () => {
    let pruneAt = clock.now()
    while (!stop.signal.aborted) {
      const found = (await Promise.all([...lines.values()].map(attempt))).filter(one => one !== undefined)
      if (found.length > 0 && troubles.length === 0) notice(found[0]!)
      troubles = found
      const now = clock.now()
      if (Math.abs(now - pruneAt) >= pruneEveryMs) {
        pruneAt = now
        await store
          .prune(now - keptMs)
          .catch((thrown: Error) => notice(`old firings are not removed: ${thrown.message}`))
      }
      const next = Math.min(...[...lines.values()].map(line => line.next))
      const wait = troubles.length > 0 ? unwritableMs : Math.max(1, Math.min(lookMs, next - now))
      await clock.sleep(wait, stop.signal).catch(() => {})
    }
  }

  return {
    async start() {
      await begin()
      running = keep()
    },
    status: () => ({
      schedules: [...schedules].map(([name, named]) => {
        const [last] = store.firings({ schedule: name, limit: 1 })
        return scheduleStatus(name, named, lines.get(name)?.after, last)
      }),
    }),
    troubles: () => troubles,
    async close() {
      stop.abort(new Error('the keeper of schedules ends'))
      await running
      const over = new Promise(resolve => setTimeout(resolve, drainMs).unref())
      await Promise.race([Promise.all(carrying.values()), over])
    },
  }
}

function move(line: Line, after: number): void {
  line.after = after
  line.next = nextOf(line, after)
}

function nextOf({ schedule }: Named, after: number): number {
  return nextFirings(schedule.when, after, 1)[0] ?? Number.POSITIVE_INFINITY
}
