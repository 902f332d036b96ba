import { oneLine } from '../../../core/one-line.ts'

/**
 * What kind of trouble it is.
 *
 * - `unreachable`: no connection; nothing was done.
 * - `untrusted`: the server doesn't take our certificate, or is not who it was; nothing was done.
 * - `forbidden`: the server refuses this to us.
 * - `not-found`, `exists`: there is no such thing, or there is one already.
 * - `busy`: the server is doing something else with it; nothing was done.
 * - `changed`: somebody else changed it since we read it.
 * - `invalid`: the server can't do what was asked.
 * - `failed`: the server tried and failed.
 * - `timeout`: no answer before the deadline; it may go on.
 * - `cancelled`: we were asked to stop.
 * - `unknown`: the connection was lost in the middle; it may have been done or not.
 * - `malformed`: the server's answer can't be understood.
 */
export type LxdTrouble =
  | 'unreachable'
  | 'untrusted'
  | 'forbidden'
  | 'not-found'
  | 'exists'
  | 'busy'
  | 'changed'
  | 'invalid'
  | 'failed'
  | 'timeout'
  | 'cancelled'
  | 'unknown'
  | 'malformed'

interface LxdErrorOptions {
  /** What was being done, such as `start redis-1`. */
  readonly doing: string
  /** The HTTP status or the operation's own, where there was an answer. */
  readonly status?: number | undefined
  readonly cause?: unknown
}

/** Something that LXD or Incus did not do. The message says what was being done, why not, and what to do next. */
export class LxdError extends Error {
  override readonly name = 'LxdError'
  readonly kind: LxdTrouble
  readonly doing: string
  readonly status: number | undefined

  constructor(kind: LxdTrouble, why: string, { doing, status, cause }: LxdErrorOptions) {
    super(`${doing}: ${why}`, cause === undefined ? undefined : { cause })
    this.kind = kind
    this.doing = doing
    this.status = status
  }
}

/** Whether an error is this kind of trouble with LXD. */
export function isTrouble(error: unknown, ...kinds: LxdTrouble[]): error is LxdError {
  return error instanceof LxdError && kinds.includes(error.kind)
}

/** Words that a server sent, made fit to print: one line, no control characters, of a bounded length. */
export function printable(text: string, limit = 500): string {
  return oneLine(text, limit)
}
