import type { JournalEntry } from '../../core/executions.ts'

/** An event as the viewer reads it, wherever it comes from. */
export interface HistoryEntry {
  readonly id: number
  readonly previous: number
  /** Milliseconds since the epoch; absent where the history does not say. */
  readonly at: number | undefined
  readonly type: string
  /** What stands under its `…EventDetails`. */
  readonly details: Readonly<Record<string, unknown>>
  /** Its thread of states; absent in a history of AWS, which tells it by `previousEventId` alone. */
  readonly scope: string | undefined
  /** The execution that it belongs to: the one that is shown, or a child of a DISTRIBUTED Map. */
  readonly execution: string | undefined
  /** Whether it is an expression of a Catch that failed, which ends no attempt. */
  readonly catching: boolean
}

/** An event of our own journal. */
export function fromJournal({ event, execution, scope, note }: JournalEntry): HistoryEntry {
  const { catching = false } = (note ?? {}) as { readonly catching?: boolean }
  return { ...fromEvent(event, event.id), execution, scope, catching }
}

/** An event in AWS's shape; `place` counts it where it has no usable id. */
export function fromEvent(event: Readonly<Record<string, unknown>>, place: number): HistoryEntry {
  const { id, previousEventId, timestamp, type } = event
  return {
    id: typeof id === 'number' ? id : place,
    previous: typeof previousEventId === 'number' ? previousEventId : 0,
    at: timeOf(timestamp),
    type: typeof type === 'string' ? type : '',
    details: detailsOf(event),
    scope: undefined,
    execution: undefined,
    catching: false,
  }
}

function detailsOf(event: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  for (const [key, value] of Object.entries(event))
    if (key.endsWith('EventDetails') && typeof value === 'object' && value !== null)
      return value as Readonly<Record<string, unknown>>
  return {}
}

/** AWS's tools write ISO 8601 or seconds since the epoch, as they are configured. */
function timeOf(timestamp: unknown): number | undefined {
  const number = typeof timestamp === 'string' && timestamp.trim() !== '' ? Number(timestamp) : timestamp
  const time =
    typeof number === 'number' && !Number.isNaN(number) ? number * 1000 : Date.parse(String(timestamp))
  return Number.isFinite(time) ? time : undefined
}

/** Data as the history has it: JSON text, or what was already parsed out of it. */
export function dataOf(details: HistoryEntry['details'], key: 'input' | 'output' | 'parameters'): unknown {
  const data = details[key]
  if (typeof data !== 'string') return data
  try {
    return JSON.parse(data) as unknown
  } catch {
    // AWS cuts what is too long for an event, and what was parsed before may be a plain text.
    return data
  }
}

/** A text among the details. */
export function textOf(details: HistoryEntry['details'], key: string): string | undefined {
  const text = details[key]
  if (text === undefined || text === null) return undefined
  return typeof text === 'string' ? text : JSON.stringify(text)
}
