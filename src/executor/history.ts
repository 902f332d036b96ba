import type { Json } from '../core/json.ts'
import type { ExecutionEvent } from '../core/runtime.ts'
import { historyFull } from './errors.ts'
import type { Details, EventListener, HistoryEvent } from './events.ts'
import type { Journal, Note } from './journal.ts'

/**
 * The listener threw. What was not heard must not go on, so every later event throws it too, and no Retry or
 * Catch sees it: `result()` rejects with what the listener threw.
 */
export class ListenerFailure extends Error {
  override readonly name = 'ListenerFailure'
}

/** The events that end an execution, for which a history always has room. */
const endings: ReadonlySet<string> = new Set([
  'ExecutionSucceeded',
  'ExecutionFailed',
  'ExecutionTimedOut',
  'ExecutionAborted',
])

/** What an execution tells. Ids are counted even when nobody listens, since AWS's causes name them. */
export class History {
  readonly #execution: string
  readonly #listener: EventListener | undefined
  readonly #journal: Journal | undefined
  readonly #now: () => number
  readonly #most: number
  #last: number
  #failure: ListenerFailure | undefined

  constructor(
    execution: string,
    now: () => number,
    listener: EventListener | undefined,
    most = Number.POSITIVE_INFINITY,
    journal?: Journal,
    last = 0,
  ) {
    this.#execution = execution
    this.#now = now
    this.#journal = journal
    this.#last = last
    this.#listener = listener
    this.#most = most
  }

  /**
   * Tells an event and answers its id. The details are only made when somebody listens, the note when somebody
   * journals. `at` is when it happened, if the caller knows.
   *
   * @throws StateFailure when only the execution's end has room left
   */
  tell(
    type: string,
    scope: string,
    previousEventId: number,
    key?: string,
    details?: () => Details,
    note?: () => Note | undefined,
    at?: number,
  ): number {
    if (this.#last + 1 >= this.#most && !endings.has(type)) throw historyFull(this.#most)
    const id = ++this.#last
    if (this.#listener === undefined && this.#journal === undefined) return id
    if (this.#failure !== undefined) throw this.#failure
    const event = { id, previousEventId, timestamp: new Date(at ?? this.#now()).toISOString(), type }
    const said = key === undefined ? event : { ...event, [`${key}EventDetails`]: details?.() ?? {} }
    try {
      this.#write(said, scope, note)
      this.#listener?.(said, { execution: this.#execution, scope })
    } catch (cause) {
      throw this.#fail(cause)
    }
    return id
  }

  #write(event: HistoryEvent, scope: string, note: (() => Note | undefined) | undefined): void {
    if (this.#journal === undefined) return
    const said = note?.() as Json | undefined
    const entry = { event: event as unknown as ExecutionEvent, execution: this.#execution, scope }
    this.#journal.append(said === undefined ? entry : { ...entry, note: said })
  }

  /** Whether it is written down, so that what must not be forgotten is waited for. */
  get journalled(): boolean {
    return this.#journal !== undefined
  }

  /** Answers once all that was told is durable. */
  async flush(): Promise<void> {
    try {
      await this.#journal?.flush()
    } catch (cause) {
      throw this.#fail(cause)
    }
  }

  #fail(cause: unknown): ListenerFailure {
    this.#failure ??= new ListenerFailure('The listener of events failed', { cause })
    return this.#failure
  }
}

/** Data as an event holds it. */
export function told(key: 'input' | 'output' | 'parameters', value: Json): Details {
  const text = JSON.stringify(value)
  return key === 'parameters'
    ? { parameters: text }
    : { [key]: text, [`${key}Details`]: { truncated: false } }
}
