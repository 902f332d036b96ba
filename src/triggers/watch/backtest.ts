import type { KeptReading } from '../../core/readings.ts'
import type { Watch } from '../../core/watch.ts'
import type { ActionName, Code } from '../../core/watches/state.ts'
import { createBoard, maxAgesOf } from './board.ts'
import { decide, newState } from './decide.ts'
import { judge } from './judge.ts'

/** A reading of what a watch looks at: of which source, and which of its topics. */
export interface Replayed extends KeptReading {
  readonly source: string
  readonly topic: string
}

/** Times are milliseconds since the epoch, lengths milliseconds. */
export interface BacktestReport {
  readonly from: number
  readonly to: number
  readonly readings: number
  /** What would have been done. */
  readonly fires: readonly { readonly at: number; readonly kind: ActionName; readonly value: unknown }[]
  /** How often it began to hold. */
  readonly crossings: number
  /** How often it began to hold and was over before its dwell was. */
  readonly flaps: number
  readonly holdsMs: number
  readonly unknownMs: number
  /** How often something was held back by the cool-down, or by the budget. */
  readonly heldBack: { readonly cooling: number; readonly spent: number }
  /** When it held, in stretches. */
  readonly spans: readonly (readonly [number, number])[]
}

/** So many stretches are told apart; more of them are drawn as one. */
const mostSpans = 5_000

/**
 * Goes through what was read on a virtual clock, as a keeper would have: it looks at each reading, and whenever time alone
 * may change something. Nothing is started.
 *
 * @param readings oldest first
 * @example
 * backtest(tooHot, readings, { from, to }).fires.length
 */
export function backtest(
  watch: Watch,
  readings: Iterable<Replayed>,
  { from, to }: { readonly from: number; readonly to: number },
): BacktestReport {
  const board = createBoard()
  const maxAges = maxAgesOf(watch)
  let state = newState(from, from)
  let count = 0
  const fires: BacktestReport['fires'][number][] = []
  const tally = createTally(from, to)

  const look = (now: number): number | undefined => {
    const reading = board.seenBy(watch, now)
    const decided = decide(watch.rules, state, reading, now)
    tally.see(judge(watch.rules, reading, now), decided.code, state.said, now)
    state = decided.state
    if (decided.action !== undefined)
      fires.push({ at: now, kind: decided.action, value: reading.known ? reading.value : undefined })
    return decided.wakeAt
  }

  let wake = look(from)
  const passTo = (time: number) => {
    // What is to be looked at again at once would be so for ever.
    while (wake !== undefined && wake < time) wake = wake > state.now ? look(wake) : undefined
  }
  for (const { source, topic, at, value, why } of readings) {
    const maxAge = maxAges.get(source)
    if (maxAge === undefined || at < from || at >= to) continue
    passTo(at)
    count++
    board.put(
      source,
      topic,
      value === undefined
        ? { known: false, reason: 'unparseable', why: why ?? 'unknown' }
        : { known: true, value, at, until: at + maxAge },
    )
    wake = look(at)
  }
  passTo(to)
  return { from, to, readings: count, fires, ...tally.close() }
}

function createTally(from: number, to: number) {
  let before: { readonly at: number; readonly holds: boolean | undefined; readonly until: number } = {
    at: from,
    holds: undefined,
    until: from,
  }
  let crossings = 0
  let flaps = 0
  let holdsMs = 0
  let unknownMs = 0
  const heldBack = { cooling: 0, spent: 0 }
  const spans: [number, number][] = []

  const pass = (now: number) => {
    const { at, holds, until } = before
    const known = holds === undefined ? 0 : Math.max(0, Math.min(now, until) - at)
    unknownMs += now - at - known
    if (!holds) return
    holdsMs += known
    const last = spans.at(-1)
    if (last !== undefined && (last[1] >= at || spans.length >= mostSpans)) last[1] = at + known
    else spans.push([at, at + known])
  }

  return {
    see(verdict: ReturnType<typeof judge>, code: Code, said: Code, now: number) {
      pass(now)
      const holds = verdict.known ? verdict.holds : undefined
      if (holds === true && before.holds !== true) crossings++
      if (code === 'broken') flaps++
      if ((code === 'cooling' || code === 'spent') && said !== code) heldBack[code]++
      before = { at: now, holds, until: verdict.known ? verdict.until : now }
    },
    close() {
      pass(to)
      return { crossings, flaps, holdsMs, unknownMs, heldBack, spans }
    },
  }
}
