import { UnexpectedData } from '../../../core/errors.ts'
import type { Reading } from '../../../core/readings.ts'
import type { Watch } from '../../../core/watch.ts'
import { withinBytes } from '../../../core/watches/cloud/reading.ts'
import type { CloudRecord, Settled } from '../../../core/watches/cloud/record.ts'
import type { DecideRequest, WatchAnswer, WatchRequest } from '../../../core/watches/cloud/request.ts'
import type { Code, KeptAction, KeptDecision } from '../../../core/watches/state.ts'
import { newAction } from '../action.ts'
import { type Decided, decide, newState } from '../decide.ts'
import { toldOf } from '../told.ts'
import { readingOfAsked } from './asked.ts'
import { dueOf } from './due.ts'
import { mostInputBytes, mostUnsettled, short, toldEveryMs } from './limits.ts'
import { looksOfOthers, promiseLook } from './looks.ts'
import { knowledgeOf, type Merged, withPolled, withReading } from './readings.ts'
import { lapse, settle } from './settle.ts'

/** What comes of a request: what is remembered from now on, what is logged with it, and what is answered once that is written. */
export interface Turn {
  readonly record: CloudRecord
  readonly decision?: KeptDecision | undefined
  readonly settled: readonly Settled[]
  readonly answer: WatchAnswer
}

/** What a watch that has seen nothing remembers. `now` is milliseconds since the epoch. */
export function newRecord(now: number): CloudRecord {
  const state = newState(now, now)
  return { v: 1, state, readings: [], unsettled: [], given: [], looks: [], toldAt: 0 }
}

/**
 * Takes a request of a watch's state machine. Nothing happens here: the turn is written before it is answered.
 *
 * 1. What is decided to be done is remembered as unsettled until somebody says what became of it, and is answered to
 *    everybody who asks, the oldest first: an execution that ended too early, or an answer that was lost, loses nothing, and
 *    its key starts one execution, however often.
 * 2. Where the passing of time alone may change something, one execution waits for it.
 * 3. It decides what `decide` would decide at home at the same moments.
 *
 * Throws `UnexpectedData` for a reading of something that the watch does not look at.
 */
export function takeTurn(watch: Watch, before: CloudRecord, request: WatchRequest, now: number): Turn {
  const at = Math.max(now, before.state.now)
  const settling = request.do === 'settle' ? settle(before, request) : { record: before, settled: [] }
  const lapsing = lapse(settling.record, at)
  const settled = [...settling.settled, ...lapsing.settled]
  const awake = { ...lapsing.record, looks: looksOfOthers(lapsing.record, request, at) }
  const { record, code, why, decision } =
    request.do === 'settle' ? { record: awake } : look(watch, awake, request, at)
  const said = { ...(code && { code }), ...(why !== undefined && { why: short(why) }) }
  const [next] = record.unsettled
  if (next !== undefined) {
    const { key, kind, input } = next
    // Whoever settles it is promised the look.
    const answer = { ...said, action: { key, kind, input: JSON.stringify(input) } }
    return { record, decision, settled, answer }
  }
  const promised = promiseLook(record, request, at)
  const answer = { ...said, ...(promised.look !== undefined && { look: promised.look }) }
  return { record: promised.record, decision, settled, answer }
}

interface Looked {
  readonly record: CloudRecord
  readonly code?: Code
  readonly why?: string | undefined
  readonly decision?: KeptDecision | undefined
}

function look(watch: Watch, before: CloudRecord, request: DecideRequest, at: number): Looked {
  const { readings, leftOut } = merged(watch, before, request, at)
  const { due: _due, trouble: _trouble, ...rest } = before
  const knownAt = knowledgeOf(watch, { readings })
  const reading = knownAt(at)
  const decided = decide(watch.rules, before.state, reading, at)
  const { code, unknown, state } = decided
  const action = actionOf(watch, decided, reading, before)
  const due = dueOf(watch, knownAt, decided, reading)
  const still: CloudRecord = { ...rest, readings, ...(leftOut !== undefined && { trouble: leftOut }) }
  if (typeof action === 'string') {
    // It is not decided, and so it is decided anew when it is looked again: once there is room for it.
    const isFull = before.unsettled.length >= mostUnsettled
    const record = { ...still, trouble: short(action), ...(isFull && { due: at }) }
    return { record, code: before.state.said, why: action }
  }
  const next: CloudRecord = { ...still, state, ...(due !== undefined && { due }) }
  const why = unknown?.why ?? leftOut
  const isTold = action !== undefined || (code !== before.state.said && at - before.toldAt >= toldEveryMs)
  const decision = isTold
    ? { watch: watch.name, at, code, ...toldOf(reading, unknown?.why), ...(action && { action }) }
    : undefined
  const unsettled = action
    ? [...next.unsettled, { at, key: action.key, kind: action.kind, input: action.input }]
    : next.unsettled
  return { record: { ...next, unsettled, ...(isTold && { toldAt: at }) }, code, why, decision }
}

function merged(watch: Watch, { readings }: CloudRecord, request: DecideRequest, at: number): Merged {
  const { reading, asked } = request
  if (reading !== undefined && asked !== undefined)
    throw new UnexpectedData('a decision is about a reading, or about what was asked, and not about both')
  if (reading !== undefined) return withReading(watch, readings, reading, at)
  return asked === undefined ? { readings } : withPolled(watch, readingOfAsked(watch, asked, at))
}

/** The action that was decided; nothing where there is none, or why it can't be one now. */
function actionOf(
  watch: Watch,
  { action, state }: Decided,
  reading: Reading,
  { unsettled }: CloudRecord,
): KeptAction | string | undefined {
  if (action === undefined) return undefined
  if (unsettled.length >= mostUnsettled)
    return `${unsettled.length} actions are decided and not started yet; the next one waits for them`
  try {
    const made = newAction(watch, action, state, reading.known ? reading.value : null)
    if (withinBytes(made.input, mostInputBytes)) return made
    return `its input has more than the ${mostInputBytes} bytes that an action in the cloud may have`
  } catch (thrown) {
    return `its input can't be made: ${thrown instanceof Error ? thrown.message : String(thrown)}`
  }
}
