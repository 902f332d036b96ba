import type { ClientRequest } from 'node:http'
import type { Call } from './call.ts'
import { LxdError, type LxdTrouble } from './errors.ts'
import { StrangeCertificate } from './tls.ts'

/** A connection that was used before broke before an answer came. */
export class StaleConnection extends Error {
  override readonly name = 'StaleConnection'
}

/** The request had left, at least in part, when the connection broke. */
class LostInTheMiddle extends Error {
  override readonly name = 'LostInTheMiddle'
}

/** The answer is larger than any that is waited for. */
export class TooLarge extends Error {
  override readonly name = 'TooLarge'
}

/** Tells a connection that never was from one that was lost with our request on it. */
export function place(error: Error, request: ClientRequest): Error {
  if (error.name === 'TimeoutError' || error instanceof StrangeCertificate || isUnproved(error)) return error
  if (request.reusedSocket) return new StaleConnection(error.message, { cause: error })
  const sent = request.socket !== null && request.socket.bytesWritten > 0
  return sent ? new LostInTheMiddle(error.message, { cause: error }) : error
}

/** What went wrong with a call on its way there or back. */
export function explain(error: unknown, { doing, signal, method }: Call, where: string): LxdError {
  const fail = (kind: LxdTrouble, why: string) => new LxdError(kind, why, { doing, cause: error })
  if (error instanceof LxdError) return error
  if (signal.aborted) return fail('cancelled', 'it was cancelled')
  if (!(error instanceof Error)) return fail('unreachable', String(error))
  if (error.name === 'TimeoutError') {
    return fail('timeout', `${where} did not answer within ${error.message}; see whether it is busy or gone`)
  }
  if (error instanceof StrangeCertificate) {
    const advice = 'if its certificate was renewed, configure the new fingerprint'
    return fail('untrusted', `${where} is not the server that was trusted: ${error.message}; ${advice}`)
  }
  if (isUnproved(error)) {
    return fail('untrusted', `the configured authority doesn't vouch for ${where} (${error.message})`)
  }
  if (error instanceof TooLarge) return fail('malformed', `${where}: ${error.message}`)
  if (method !== 'GET' && wasLost(error)) {
    return fail(
      'unknown',
      `the connection to ${where} was lost (${error.message}); it may have been done: look again`,
    )
  }
  return fail(
    'unreachable',
    `${where} can't be reached (${error.message}); see whether the daemon is running there`,
  )
}

function wasLost(error: Error): boolean {
  return (
    error instanceof StaleConnection ||
    error instanceof LostInTheMiddle ||
    ('code' in error && (error.code === 'ECONNRESET' || error.code === 'EPIPE'))
  )
}

/** OpenSSL's words for a certificate that nobody vouches for, as Node gives them. */
function isUnproved(error: Error): boolean {
  return 'code' in error && /CERT|SIGNATURE|ALTNAME/.test(String(error.code))
}
