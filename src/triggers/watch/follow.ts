import type { Flow } from '../../core/flow.ts'
import type { Json } from '../../core/json.ts'
import type { Clock } from '../../core/ports.ts'
import type { Reading } from '../../core/readings.ts'
import type { Watch } from '../../core/watch.ts'
import type { KeptAction, KeptDecision, WatchState, WatchStore } from '../../core/watches/state.ts'
import { newAction } from './action.ts'
import { blindness } from './blind.ts'
import { type Board, sourcesOf } from './board.ts'
import { type Decided, decide, newState } from './decide.ts'
import { explain } from './explain.ts'
import type { SteadyClock } from './steady.ts'
import { toldOf } from './told.ts'

/** What following a watch needs. */
export interface FollowPorts {
  readonly clock: Clock
  readonly steady: SteadyClock
  readonly store: WatchStore
  readonly board: Board
  readonly carry: (watch: Watch, decision: KeptDecision) => void
  notice(text: string): void
  nameOf(flow: Flow): string
}

/** A watch that is being followed. */
export interface Follower {
  /** Resolves once it has ended; never rejects. */
  readonly ended: Promise<void>
  status(): Json
  /** Why it guards nothing, where that is so. */
  trouble(): string | undefined
}

/** Readings that come within this time of a look are looked at together, the last of them: a flood costs no more. Milliseconds. */
const togetherMs = 20

/** What changes nothing but how long it has held is written once in this time, in milliseconds. */
const writtenEveryMs = 1_000

/** What is said and not done is told so often at once, and once a second after that: a signal that flaps fills no disk. */
const toldAtOnce = 5

/** How long is waited when nothing can be written, in milliseconds. */
const unwritableMs = 2_000

/** A timer can't be longer. */
const longestMs = 2 ** 31 - 1

/** Follows a watch until it is stopped. */
export function followWatch(watch: Watch, ports: FollowPorts, stop: AbortSignal): Follower {
  const { clock, steady, store, board, notice } = ports
  let state = loadState(watch, ports)
  let stored = state
  let writtenAt = Number.NEGATIVE_INFINITY
  let toTell = toldAtOnce
  let toldAt = steady.now()
  let nextLook: number | undefined
  let failing = false
  const changes = wakeable(board, sourcesOf(watch), clock, stop)

  const look = async (): Promise<number | undefined> => {
    const now = steady.now()
    const reading = board.seenBy(watch, now)
    const decided = decide(watch.rules, state, reading, now)
    const decision = tellable(decided, now) ? decisionOf(watch, decided, reading, clock.now()) : undefined
    if (decision === 'refused') return undefined
    const acts = decision?.action !== undefined
    if (acts || decision !== undefined || worthWriting(decided.state, now)) {
      await store.save(watch.name, decided.state, decision)
      stored = decided.state
      writtenAt = now
      if (decision !== undefined) {
        toTell = telling(now) - 1
        toldAt = now
      }
    }
    state = decided.state
    if (acts) ports.carry(watch, decision)
    return decided.wakeAt
  }

  /** How many may be told now. */
  const telling = (now: number) => Math.min(toldAtOnce, toTell + (now - toldAt) / 1_000)

  /** Whatever is done is told; what is only said, where it is something new. */
  const tellable = ({ code, action }: Decided, now: number) =>
    action !== undefined || (code !== state.said && telling(now) >= 1)

  const worthWriting = (next: WatchState, now: number) =>
    differs(stored, next) || (next.dwell !== undefined && now - writtenAt >= writtenEveryMs)

  const decisionOf = (
    { name }: Watch,
    decided: Decided,
    reading: Reading,
    at: number,
  ): KeptDecision | 'refused' => {
    const { code, action, unknown } = decided
    const said = { watch: name, at, code, ...toldOf(reading, unknown?.why) }
    if (action === undefined) return said
    try {
      const value = reading.known ? reading.value : null
      const kept: KeptAction = newAction(watch, action, decided.state, value)
      return { ...said, action: kept }
    } catch (thrown) {
      tellOnce(`watch ${name}: its input can't be made: ${(thrown as Error).message}`)
      return 'refused'
    }
  }

  const tellOnce = (text: string) => {
    if (!failing) notice(text)
    failing = true
  }

  const follow = async () => {
    while (!stop.aborted) {
      const token = changes.taken()
      let wait: number
      try {
        nextLook = await look()
        failing = failing && nextLook === undefined
        wait = nextLook === undefined ? longestMs : nextLook - steady.now()
      } catch (thrown) {
        tellOnce(
          `watch ${watch.name}: nothing is decided, for it can't be written: ${(thrown as Error).message}`,
        )
        wait = unwritableMs
        await clock.sleep(wait, stop).catch(() => {})
        continue
      }
      await clock.sleep(togetherMs, stop).catch(() => {})
      await changes.next(token, Math.min(longestMs, Math.max(0, wait - togetherMs)))
    }
    changes.close()
  }

  return {
    ended: follow(),
    trouble() {
      const now = steady.now()
      return blindness(watch, state, board.seenBy(watch, now), now)
    },
    status() {
      const now = steady.now()
      const reading = board.seenBy(watch, now)
      const [last] = store.decisions({ watch: watch.name, acted: true, limit: 1 })
      return {
        name: watch.name,
        phase: state.phase,
        said: state.said,
        since: new Date(steady.wallOf(state.since)).toISOString(),
        ...(nextLook === undefined ? {} : { nextLook: new Date(steady.wallOf(nextLook)).toISOString() }),
        ...toldOf(reading, undefined),
        ...(last?.action === undefined
          ? {}
          : {
              last: {
                key: last.action.key,
                at: new Date(last.at).toISOString(),
                carried: last.action.carried,
              },
            }),
        because: explain({
          watch,
          state,
          reading,
          now,
          wall: clock.now(),
          last,
          nameOf: ports.nameOf,
        }),
      }
    },
  }
}

function loadState(watch: Watch, { store, notice, clock, steady }: FollowPorts): WatchState {
  try {
    const known = store.state(watch.name)
    if (known !== undefined) return known
  } catch (thrown) {
    notice(
      `watch ${watch.name} begins anew, for what it remembered can't be read: ${(thrown as Error).message}`,
    )
  }
  return newState(clock.now(), steady.now())
}

/** Whether there is more in it than that time has passed. */
function differs(one: WatchState, other: WatchState): boolean {
  return (
    one.phase !== other.phase ||
    one.since !== other.since ||
    one.owed !== other.owed ||
    one.said !== other.said ||
    one.sequence !== other.sequence ||
    one.unknownSince !== other.unknownSince ||
    (one.dwell === undefined) !== (other.dwell === undefined)
  )
}

/** Changes of a board to wait for, none of which is lost while something else is done. */
function wakeable(board: Board, sources: readonly string[], clock: Clock, stop: AbortSignal) {
  let count = 0
  let wake: (() => void) | undefined
  const close = board.onChange(sources, () => {
    count++
    wake?.()
  })
  stop.addEventListener('abort', () => wake?.(), { once: true })
  return {
    close,
    taken: () => count,
    /** Resolves at a change after that one was taken, after so many milliseconds, or when it is stopped. */
    async next(taken: number, ms: number): Promise<void> {
      if (count !== taken || stop.aborted) return
      const over = new AbortController()
      wake = () => over.abort(changed)
      await clock.sleep(ms, over.signal).catch(() => {})
      wake = undefined
    },
  }
}

/** Why a wait ended; one for all, for an error with a stack each time is dear. */
const changed = new Error('something changed')
