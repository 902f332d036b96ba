import { isRecord } from '../../core/json.ts'
import { UsageError } from '../usage-error.ts'
import { fromEvent, type HistoryEntry } from './entry.ts'

/** A history that was fetched from AWS. */
export interface FetchedHistory {
  readonly events: readonly Readonly<Record<string, unknown>>[]
  readonly entries: readonly HistoryEntry[]
  /** There is more of it than was fetched. */
  readonly partial: boolean
}

/**
 * Reads what `aws stepfunctions get-execution-history` printed; events that were fetched in reverse are put in order.
 * Throws `UsageError` when it is something else.
 */
export function readFetched(text: string, what: string): FetchedHistory {
  const document = parse(text, what)
  const given = isRecord(document) ? document.events : document
  if (!Array.isArray(given) || !given.every(isEvent))
    throw new UsageError(
      `${what} holds no history; it takes what aws stepfunctions get-execution-history prints: { "events": [ … ] }`,
    )
  const events = inOrder(given)
  return {
    events,
    entries: events.map((event, index) => fromEvent(event, index + 1)),
    partial: isRecord(document) && typeof document.nextToken === 'string',
  }
}

function parse(text: string, what: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch (cause) {
    throw new UsageError(`${what} is not JSON: ${(cause as Error).message}`, { cause })
  }
}

type Event = Readonly<Record<string, unknown>>

function inOrder(events: readonly Event[]): readonly Event[] {
  const [first] = events
  const last = events.at(-1)
  return Number(first?.id) > Number(last?.id) ? events.toReversed() : events
}

function isEvent(value: unknown): value is Event {
  return isRecord(value) && typeof value.type === 'string'
}
