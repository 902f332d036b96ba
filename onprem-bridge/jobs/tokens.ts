import { ReopsError } from '../../src/core/errors.ts'

/** Step Functions, as far as whoever answers its tasks needs it. Every call has a deadline of its own. */
export interface TaskTokens {
  /** `output` is JSON. Rejects with `TokenGone`, with `AnswerRefused`, or with an error that may pass. */
  succeed(token: string, output: string): Promise<void>
  fail(token: string, error: string, cause: string): Promise<void>
  heartbeat(token: string): Promise<void>
  close(): Promise<void>
}

/** What Step Functions takes (its API reference): bytes of an output, characters of an error's name and of a cause. */
export const tokenLimits = { output: 262_144, error: 256, cause: 32_768 } as const

/** Nobody waits for this token: it was answered, its time is over, its execution was stopped, or there never was one. */
export class TokenGone extends ReopsError {
  override readonly name = 'TokenGone'
  /** The error's name in the API: `TaskDoesNotExist`, `TaskTimedOut` or `InvalidToken`. */
  readonly why: string

  constructor(why: string, options: { readonly cause?: unknown } = {}) {
    super(`Step Functions waits for this token no more: ${why}`, options)
    this.why = why
  }
}

/** Step Functions takes no such answer, and won't later. */
export class AnswerRefused extends ReopsError {
  override readonly name = 'AnswerRefused'
}
