import { ReopsError } from '../../src/core/errors.ts'

/** The time of the function was over before its work was done. */
export class FunctionTimedOut extends ReopsError {
  override readonly name = 'FunctionTimedOut'
  override readonly slug = 'function-timed-out'
  override readonly retryable = true
}

/** Milliseconds before Lambda ends the process at which whoever still works is left alone, and that is answered. */
export const lastWordMs = 250

/**
 * When a function of so many milliseconds has to be done: hosts get `deadline`, after which they have failed with
 * `timeout`, and who still works then is told to stop. Between the two and the end there is time to answer.
 */
export function timesOf(leftMs: number): { readonly deadlineMs: number; readonly stopMs: number } {
  const margin = Math.min(5_000, leftMs / 10)
  const stopMs = Math.max(0, leftMs - Math.max(margin / 2, 2 * lastWordMs))
  return { deadlineMs: Math.max(0, Math.min(stopMs, leftMs - margin)), stopMs }
}
