import type { WaitState } from '../../core/asl.ts'
import { prepareConclusion } from '../conclusion.ts'
import { EvaluationFailure } from '../errors.ts'
import type { Act } from '../prepared.ts'
import { pause } from '../timers.ts'
import { prepareTyped } from '../typed-field.ts'
import type { Visit } from '../visit.ts'

/** Waits until a time that is counted from the entry, so that one that is continued ends when it would have. */
export function prepareWait(state: WaitState): Act {
  const conclude = prepareConclusion(state)
  const ends = state.Timestamp === undefined ? endsAfter(state.Seconds ?? 0) : endsAt(state.Timestamp)
  return async visit => {
    const { clock } = visit.frame.run.ports
    const left = (await ends(visit)) - clock.now()
    visit.begun()
    if (left > 0) await pause(clock, left, visit.frame.cancellation)
    return conclude(visit, {}, visit.input)
  }
}

function endsAfter(field: number | string): (visit: Visit) => Promise<number> {
  const seconds = prepareTyped(field, 'Seconds', 'integer')
  return async visit => visit.enteredAt + 1000 * (await seconds(visit.scene()))
}

function endsAt(field: string): (visit: Visit) => Promise<number> {
  const timestamp = prepareTyped(field, 'Timestamp', 'string')
  return async visit => {
    const text = await timestamp(visit.scene())
    const time = parseTimestamp(text)
    if (time !== undefined) return time
    throw new EvaluationFailure(
      'Timestamp',
      `The Timestamp field cannot be parsed as an ISO-8601 extended offset date-time format string: ${text}`,
      true,
    )
  }
}

const iso8601 = /^(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(?::\d{2})?)(\.\d{1,9})?(Z|[+-]\d{2}:\d{2})$/

/** Milliseconds since the epoch of an ISO 8601 time with an offset; what is finer than a millisecond is cut. */
export function parseTimestamp(text: string): number | undefined {
  const match = iso8601.exec(text)
  if (match === null) return undefined
  const [, date, fraction = '', zone] = match
  const time = Date.parse(`${date}${fraction.slice(0, 4)}${zone}`)
  if (Number.isNaN(time)) return undefined
  // Date.parse takes 31 February for 3 March.
  const day = Date.parse(`${text.slice(0, 10)}T00:00:00Z`)
  return new Date(day).toISOString().startsWith(text.slice(0, 10)) ? time : undefined
}
