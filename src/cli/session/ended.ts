import type { Summary } from '../../operations/output/format/summary.ts'

/**
 * How an execution went. `failed`: it threw, or some host failed; `skipped`: a gate ended it; `cancelled`: somebody
 * asked it to stop.
 */
export type Status = 'succeeded' | 'failed' | 'skipped' | 'cancelled'

/** An execution that is over. */
export interface Ended {
  readonly status: Status
  /** Its name; absent when it could not be started. */
  readonly execution: string | undefined
  /** What the pipeline answered; for one that threw or was cancelled, the last that is known of its hosts. */
  readonly result: unknown
  readonly summary: Summary
  /** Milliseconds from start to end. */
  readonly ms: number
  readonly error: unknown
}
