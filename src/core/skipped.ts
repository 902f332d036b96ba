/**
 * How a pipeline ends when a gate says no: a success, with the gate's name, its reason and the data that had
 * come so far, failures included.
 */
export interface Skipped {
  readonly status: 'skipped'
  readonly step: string
  readonly reason: string
  readonly data: unknown
}

/** What goes on to the next step once a gate has let it pass. */
export type Passed<T> = Exclude<T, Skipped>

/** The part of a type that a gate may have ended. */
export type Ended<T> = Extract<T, Skipped>

/**
 * Whether a pipeline's result is that a gate ended it.
 *
 * @example
 * const out = await run(pipe(ping(closet), when(some(() => true))))
 * if (isSkipped(out)) console.log(out.reason)
 */
export function isSkipped(value: unknown): value is Skipped {
  return (
    typeof value === 'object' &&
    value !== null &&
    'status' in value &&
    value.status === 'skipped' &&
    'step' in value &&
    'reason' in value &&
    'data' in value
  )
}
