import { AwsBusy } from '../../../core/aws-errors/errors.ts'
import type { Clock } from '../../../core/ports.ts'
import type { Watch } from '../../../core/watch.ts'
import type { CloudRecord, CloudWatchStore, Revised } from '../../../core/watches/cloud/record.ts'
import type { WatchAnswer, WatchRequest } from '../../../core/watches/cloud/request.ts'
import { lapseMs } from '../action.ts'
import { newRecord, type Turn, takeTurn } from './turn.ts'

/** What keeping a watch in the cloud needs. */
export interface KeepPorts {
  readonly store: Pick<CloudWatchStore, 'read' | 'write' | 'decisions'>
  readonly clock: Clock
  readonly signal: AbortSignal
  /** Hears of what somebody should look after. */
  notice(text: string): void
}

/** Turns that are tried while others are quicker, and the longest pause after the first; twice as long each time, up to two seconds. */
const tries = 12
const firstPauseMs = 20
const longestPauseMs = 2_000

/**
 * Answers a request of a watch's state machine, once what it comes to is written. Others may ask at the same moment: who finds
 * that somebody wrote meanwhile begins anew with that. Throws `AwsBusy` where somebody always did, `UnexpectedData` for a
 * reading of something that the watch does not look at, and what the store throws.
 */
export async function answerWatch(
  watch: Watch,
  request: WatchRequest,
  ports: KeepPorts,
): Promise<WatchAnswer> {
  const { store, clock, signal } = ports
  for (let tried = 1; tried <= tries; tried++) {
    const now = clock.now()
    const kept = await store.read(watch.name)
    const before = kept?.record ?? (await newAgain(watch, kept, ports, now))
    const turn = takeTurn(watch, before, request, now)
    const anew = kept?.unreadable === undefined ? turn : tellAnew(watch, turn, kept.unreadable, now)
    if (isNothing(anew, before)) return anew.answer
    const { record, decision, settled } = anew
    if ((await store.write(watch.name, record, kept?.revision, { decision, settled })) === 'done') {
      // By what stands in the answer: a log has nothing of what was read or thrown.
      if (record.trouble !== undefined && record.trouble !== before.trouble)
        ports.notice(`watch ${watch.name} is kept from what it should do; its last execution says by what`)
      return anew.answer
    }
    const longest = Math.min(longestPauseMs, firstPauseMs * 2 ** tried)
    await clock.sleep(longest * (0.5 + Math.random() / 2), signal)
  }
  throw new AwsBusy(
    `others decided about watch ${watch.name} at the same moment, up to the last of ${tries} tries: it is tried again`,
  )
}

/** A watch that begins: for the first time, or because what it remembered can't be read. What it has still to do is in its log, too. */
async function newAgain(
  { name }: Watch,
  kept: Revised | undefined,
  { store, notice }: KeepPorts,
  now: number,
): Promise<CloudRecord> {
  const record = newRecord(now)
  if (kept === undefined) return record
  notice(`watch ${name} begins anew, for what it remembered can't be read: ${kept.unreadable}`)
  const decided = await store.decisions(name, { since: now - lapseMs, acted: true })
  const unsettled = decided.flatMap(({ at, action }) =>
    action?.carried === 'decided' ? [{ at, key: action.key, kind: action.kind, input: action.input }] : [],
  )
  return { ...record, unsettled: unsettled.reverse() }
}

/** Nobody is to wonder why it acts again. */
function tellAnew({ name }: Watch, turn: Turn, unreadable: string, at: number): Turn {
  const why = `it begins anew, for what it remembered can't be read: ${unreadable}`.slice(0, 500)
  const decision = turn.decision ?? { watch: name, at, code: turn.record.state.said }
  return { ...turn, decision: { ...decision, why }, answer: { ...turn.answer, why } }
}

/** Whether there is nothing to write: what was said was said before. */
function isNothing({ record, decision, settled }: Turn, before: CloudRecord): boolean {
  return decision === undefined && settled.length === 0 && JSON.stringify(record) === JSON.stringify(before)
}
