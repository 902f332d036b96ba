import type { Progress } from './context.ts'
import { ReopsError } from './errors.ts'
import type { Json } from './json.ts'
import type { TaskRequest } from './task.ts'

/** One task that a bridge is to answer. */
export interface BridgeCall {
  /**
   * Names the job. The same id with the same request is the same job, however often and by whomever it is submitted: it
   * is executed once and everybody gets its answer.
   */
  readonly id: string
  /**
   * Aborting it asks the bridge to cancel the job; what it still answers within its grace is the answer. Aborting it with
   * `JobLeft` leaves the job as it is.
   */
  readonly signal: AbortSignal
  /** When nobody waits for it any more, milliseconds since the epoch; the bridge ends it then. A day from now otherwise. */
  readonly deadline?: number | undefined
  /** Hears what the step says of itself. */
  progress(event: Progress): void
  /** Hears that whoever works on it is alive. */
  heartbeat(): void
  /** Hears that the bridge has journalled it: from then on it is executed, whoever waits for it. */
  accepted?(): void
}

/**
 * A bridge that answers the tasks of a closet. Data that had been too large travels with its task and its answer, so that
 * the references of either side are good on the other.
 */
export interface BridgePort {
  /**
   * Rejects with `TaskFailed` when the task failed there, and with `BridgeError` when nobody can say or it was never
   * taken: what a person or a retry has to know stands in the error's name.
   */
  answer(request: TaskRequest, call: BridgeCall): Promise<Json>
  close(): Promise<void>
}

/** Somebody else goes on with the execution, now or later, and submits the job again: it is not to be cancelled. */
export class JobLeft extends Error {
  override readonly name = 'JobLeft'

  constructor() {
    super('the job is left to whoever goes on with its execution')
  }
}

/** A task failed on the bridge. `error` and `cause` are what Step Functions would be told. */
export class TaskFailed extends Error {
  override readonly name = 'TaskFailed'
  readonly error: string
  readonly failure: string

  constructor(error: string, cause: string) {
    super(`${error}: ${cause}`)
    this.error = error
    this.failure = cause
  }
}

/** No connection to the bridge could be made in time; it was given nothing. */
export class BridgeUnreachable extends ReopsError {
  override readonly name = 'BridgeUnreachable'
  override readonly slug = 'bridge-unreachable'
  override readonly retryable = true
}

/** The bridge refuses us or what we ask of it: an unknown key, a role that may not, an operation that it does not have. */
export class BridgeRefused extends ReopsError {
  override readonly name = 'BridgeRefused'
  override readonly slug = 'bridge-refused'
}

/** The bridge has as much to do as it takes. `retryAfterMs` is its own advice. */
export class BridgeBusy extends ReopsError {
  override readonly name = 'BridgeBusy'
  override readonly slug = 'bridge-busy'
  override readonly retryable = true
  readonly retryAfterMs: number

  constructor(message: string, retryAfterMs: number) {
    super(message)
    this.retryAfterMs = retryAfterMs
  }
}
