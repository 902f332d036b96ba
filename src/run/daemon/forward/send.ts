import type { Clock } from '../../../core/ports.ts'
import type { SteadyClock } from '../../../triggers/watch/steady.ts'
import { type Bus, mostEntries } from './bus.ts'
import type { Chooser, Pending } from './choose.ts'
import { detailOf } from './detail.ts'

export interface SendPorts {
  readonly chooser: Chooser
  readonly bus: Pick<Bus, 'put'>
  /** The clock of the board's readings. */
  readonly steady: Pick<SteadyClock, 'now' | 'wallOf'>
  readonly clock: Clock
  notice(text: string): void
  readonly random?: (() => number) | undefined
}

/** Something that sends what there is to tell. */
export interface Sender {
  /** There may be something new to tell. */
  changed(): void
  state(): {
    /** Readings that AWS took, and tries that it did not take one. */
    readonly forwarded: number
    readonly failed: number
    /** When it took one last, in milliseconds since the epoch. */
    readonly last: number | undefined
    readonly problem: string | undefined
  }
  /** Tells what is left, where AWS answers, and ends within three seconds. */
  close(): Promise<void>
}

/** What is waited after a call that failed, in milliseconds: doubled each time, up to the longest, and half of it by chance. */
const firstPauseMs = 500
const longestPauseMs = 60_000

/** What comes within this time goes together, in milliseconds. */
const togetherMs = 20

/** It looks again after this time, whatever happens. */
const longestMs = 3_600_000

/** How long the last words may take. */
const farewellMs = 3_000

/**
 * Sends what is to be told, ten readings at a time and one call after the other. Nothing is queued: what is told is what is
 * known when a call is made, so that AWS may be away for days and is told the last of each topic then.
 */
export function startSending({
  chooser,
  bus,
  steady,
  clock,
  notice,
  random = Math.random,
}: SendPorts): Sender {
  const closing = new AbortController()
  const stop = new AbortController()
  let news = false
  let wake: (() => void) | undefined
  let failures = 0
  let problem: string | undefined
  let forwarded = 0
  let failed = 0
  let last: number | undefined

  /** Answers whether AWS can be told more at once. */
  const send = async (some: readonly Pending[]): Promise<boolean> => {
    try {
      const readings = some.map(pending => detailOf(pending, steady.wallOf(pending.at)))
      const refusals = await bus.put(readings, stop.signal)
      const busy = some
        .map((pending, index) => settle(pending, refusals[index]))
        .find(why => why !== undefined)
      if (busy !== undefined) return fail(busy)
    } catch (thrown) {
      failed += some.length
      return fail((thrown as Error).message)
    }
    if (problem !== undefined) notice('readings are forwarded to EventBridge again')
    problem = undefined
    failures = 0
    return true
  }
  /** Answers why it is to be tried again, where it is. */
  const settle = (pending: Pending, refusal: Awaited<ReturnType<Bus['put']>>[number]): string | undefined => {
    const now = steady.now()
    if (refusal === undefined) {
      chooser.told(pending, now)
      forwarded++
      last = clock.now()
      return undefined
    }
    failed++
    const { message } = refusal.error
    if (refusal.again) return message
    if (chooser.refused(pending, now + longestPauseMs, message))
      notice(`a reading of ${pending.sensor} is not forwarded to EventBridge: ${message}`)
    return undefined
  }
  const fail = (why: string): false => {
    if (stop.signal.aborted) return false
    if (problem === undefined) notice(`readings are not forwarded to EventBridge: ${why}; it is tried again`)
    problem = why
    failures++
    return false
  }

  /** Resolves after that time, when something changes, or when it is to end. */
  const sleep = async (ms: number, untilNews: boolean): Promise<void> => {
    if (closing.signal.aborted || (untilNews && news)) return
    const over = new AbortController()
    wake = () => {
      if (untilNews || closing.signal.aborted) over.abort(woken)
    }
    await clock.sleep(ms, over.signal).catch(() => {})
    wake = undefined
  }

  const keepSending = async (): Promise<void> => {
    while (!stop.signal.aborted) {
      news = false
      const now = steady.now()
      const { due, nextAt } = chooser.look(now)
      if (due.length > 0 && (await send(due.slice(0, mostEntries)))) continue
      if (closing.signal.aborted) return
      if (due.length > 0) {
        const pause = Math.min(longestPauseMs, firstPauseMs * 2 ** Math.min(failures - 1, 10))
        await sleep(pause * (0.5 + random() / 2), false)
        if (closing.signal.aborted) return
      } else {
        await sleep(Math.min(longestMs, Math.max(0, (nextAt ?? Number.POSITIVE_INFINITY) - now)), true)
        await sleep(togetherMs, false)
      }
    }
  }
  const running = keepSending()

  return {
    changed() {
      news = true
      wake?.()
    },
    state: () => ({ forwarded, failed, last, problem }),
    async close() {
      closing.abort(new Error('readings are not forwarded any more'))
      const late = setTimeout(() => stop.abort(closing.signal.reason), farewellMs)
      wake?.()
      await running
      clearTimeout(late)
    },
  }
}

/** Why a wait ended; one for all, for an error with a stack each time is dear. */
const woken = new Error('something changed')
