import type { Flow } from '../../core/flow.ts'
import type { Json } from '../../core/json.ts'
import type { Clock } from '../../core/ports.ts'
import type { Watch } from '../../core/watch.ts'
import type { KeptDecision, WatchStore } from '../../core/watches/state.ts'
import { type ActionPorts, carryOut } from './action.ts'
import type { Board } from './board.ts'
import { type Follower, followWatch } from './follow.ts'
import { askRepeatedly } from './poll.ts'
import type { Recorder } from './recorder.ts'
import { restoreReadings } from './restore.ts'
import { type SteadyClock, steadyClock, systemTime, type TimeSource } from './steady.ts'

/** What a keeper of watches is given. */
export interface KeeperPorts extends ActionPorts {
  readonly clock: Clock
  readonly store: WatchStore
  readonly board: Board
  /** Where what polls found out is kept, and what was known before is read; nowhere when left out. */
  readonly recorder?: Recorder | undefined
  /** Runs a flow and answers its output. Rejects when it fails. */
  askFlow(flow: Flow, input: Json, signal: AbortSignal): Promise<unknown>
  /** How a flow is called. */
  nameOf(flow: Flow): string
  /** The clocks of this machine when left out. */
  readonly time?: TimeSource | undefined
}

/** Watches that are kept. */
export interface Keeper {
  start(): Promise<void>
  status(): Json
  /** Which watches guard nothing, and why. */
  troubles(): readonly string[]
  close(): Promise<void>
  /** The clock by which readings of its board are dated. */
  readonly steady: SteadyClock
}

/** How often the clock is written down, and old decisions are removed, in milliseconds. */
const clockEveryMs = 60_000
const pruneEveryMs = 3_600_000
const keptMs = 90 * 86_400_000
const keptPerWatch = 10_000

/** How long actions under way are waited for at the end, in milliseconds. */
const drainMs = 10_000

/**
 * Keeps watches: looks at each reading as it comes and whenever time alone may change what is to be done, writes down what
 * was decided, and then does it.
 *
 * 1. What a process that died had decided and not done is done first, under the same name.
 * 2. Each watch is decided by one follower, one reading after the other; none waits for what another does.
 * 3. Whatever was begun is ended by `close`: what could not be done by then stays written down for the next process.
 */
export function createKeeper(watches: readonly Watch[], ports: KeeperPorts): Keeper {
  const saved = ports.store.clock()
  const steady = steadyClock(ports.time ?? systemTime(), saved)
  const stop = new AbortController()
  const carrying = new Set<Promise<void>>()
  let followers: readonly Follower[] = []
  let running: Promise<unknown> = Promise.resolve()

  const carry = (watch: Watch | undefined, decision: KeptDecision) => {
    const one = carryOut(ports, watch, decision, stop.signal).finally(() => carrying.delete(one))
    carrying.add(one)
  }

  return {
    steady,
    async start() {
      if (ports.recorder !== undefined) restoreReadings(ports.board, watches, ports.recorder, saved)
      await ports.store.saveClock(steady.saved())
      const byName = new Map(watches.map(watch => [watch.name, watch]))
      for (const decision of ports.store.unsettled()) carry(byName.get(decision.watch), decision)
      followers = watches.map(watch => followWatch(watch, { ...ports, steady, carry }, stop.signal))
      const polls = watches.map(watch => askRepeatedly(watch, { ...ports, steady }, stop.signal))
      running = Promise.all([...followers.map(({ ended }) => ended), ...polls, housekeep()])
    },
    status: () => ({ watches: followers.map(follower => follower.status()) }),
    troubles: () => followers.flatMap(follower => follower.trouble() ?? []),
    async close() {
      stop.abort(new Error('the keeper of watches ends'))
      await running
      await Promise.race([Promise.all(carrying), drained()])
      await ports.store.saveClock(steady.saved()).catch(() => {})
    },
  }

  async function housekeep(): Promise<void> {
    let pruned = Number.NEGATIVE_INFINITY
    while (!stop.signal.aborted) {
      await tell(ports.store.saveClock(steady.saved()))
      if (steady.now() - pruned >= pruneEveryMs) {
        pruned = steady.now()
        await tell(ports.store.prune(ports.clock.now() - keptMs, keptPerWatch))
      }
      await ports.clock.sleep(clockEveryMs, stop.signal).catch(() => {})
    }
  }

  function tell(work: Promise<unknown>): Promise<unknown> {
    return work.catch((thrown: Error) =>
      ports.notice(`the state of watches is not written: ${thrown.message}`),
    )
  }

  function drained(): Promise<void> {
    return new Promise(resolve => setTimeout(resolve, drainMs).unref())
  }
}
