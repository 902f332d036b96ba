import type { FailureCode } from '../outcome.ts'

/** One system's trouble at its provider or in its job: data in the outcome, thrown only until a job catches it. */
export class SystemTrouble extends Error {
  override readonly name = 'SystemTrouble'
  readonly code: FailureCode
  readonly detail: Readonly<Record<string, unknown>>
  /** What could not be taken back, in words: a volume, a domain. Then the system is left `broken`. */
  readonly left: readonly string[]

  constructor(
    code: FailureCode,
    message: string,
    options: {
      readonly detail?: Record<string, unknown>
      readonly cause?: unknown
      readonly left?: readonly string[]
    } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.code = code
    this.detail = options.detail ?? {}
    this.left = options.left ?? []
  }
}
