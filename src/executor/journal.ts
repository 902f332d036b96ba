import type { JournalEntry } from '../core/executions.ts'
import type { Json } from '../core/json.ts'
import type { ExecutionEvent } from '../core/runtime.ts'
import { Cancelled } from './cancellation.ts'
import type { ContextObject } from './context-object.ts'
import type { ErrorOutput } from './errors.ts'
import type { Details } from './events.ts'

/**
 * Where an execution writes what going on after a crash needs. Entries are in order; `flush` answers once all of
 * those before it survive the loss of power. What either throws, `result()` rejects with.
 */
export interface Journal {
  append(entry: JournalEntry): void
  flush(): Promise<void>
}

/** What stands beside an event, where AWS's own does not say enough. */
export interface Note {
  /** At the execution's start: what its chance is made of. */
  readonly seed?: string
  /** At a state's exit: where it led. */
  readonly next?: string
  /** At the beginning of another attempt: which it is, the retries used so far by retrier, and when it began. */
  readonly attempt?: number
  readonly used?: readonly number[]
  readonly at?: number
  /** At a failed expression: it was one of a Catch. */
  readonly catching?: boolean
  /** At an event that ends an attempt: what it failed with, or why it was stopped. */
  readonly failed?: ErrorOutput
  readonly cancelled?: { readonly why: Cancelled['why']; readonly message: string }
}

/** A Task that had begun when the process ended, and whose end is not in the journal. */
export interface InterruptedCall {
  readonly resource: string
  readonly arguments: Json
  readonly token: string | undefined
  /** Whether the work was handed on, for resources that end in `.waitForTaskToken`. */
  readonly submitted: boolean
  /** What was said then. */
  readonly submittedAs: Json | undefined
  readonly context: ContextObject
}

/**
 * What becomes of such a Task: it is called again, its token is waited for, it fails as `Unknown` (which its Retry
 * and Catch see), or it has this answer.
 */
export type Fate = 'repeat' | 'wait' | 'unknown' | { readonly answer: Json }

export type Interrupted = (call: InterruptedCall) => Fate | Promise<Fate>

/** Says why something was stopped. */
export function noteOf(stopped: unknown): Note | undefined {
  if (!(stopped instanceof Cancelled)) return undefined
  return { cancelled: { why: stopped.why, message: stopped.message } }
}

/** What an event says besides its head. */
export function detailsOf(event: ExecutionEvent): Details {
  for (const [key, value] of Object.entries(event)) if (key.endsWith('EventDetails')) return value as Details
  return {}
}
