import { ReopsError, type ReopsErrorOptions } from '../../../core/errors.ts'
import { oneLine } from '../../../core/one-line.ts'
import { type LibvirtCode, nameOfCode, nameOfDomain, worthRepeating } from './protocol/error-codes.ts'

/** The far end does not speak libvirt's protocol as it is written: a frame or a value is not what it must be. */
export class LibvirtProtocolError extends ReopsError {
  override readonly name = 'LibvirtProtocolError'
}

/** The daemon's words are not endless. */
const mostWords = 2_000

/** What libvirt itself refused or failed to do. */
export interface LibvirtFailure {
  readonly code: number
  readonly domain: number
  readonly message: string
  readonly level: number
}

/** An answer of libvirt that says no: `code` as libvirt names it, such as `VIR_ERR_NO_DOMAIN`. */
export class LibvirtError extends ReopsError {
  override readonly name = 'LibvirtError'
  override readonly retryable: boolean
  readonly code: LibvirtCode
  readonly codeNumber: number
  /** The part of libvirt that failed, such as `VIR_FROM_QEMU`. */
  readonly domain: string
  readonly procedure: string

  constructor(procedure: string, failure: LibvirtFailure) {
    const code = nameOfCode(failure.code)
    const domain = nameOfDomain(failure.domain)
    super(`${procedure}: ${oneLine(failure.message, mostWords)} (${code})`, {
      detail: { code, domain, procedure },
    })
    this.code = code
    this.codeNumber = failure.code
    this.domain = domain
    this.procedure = procedure
    this.retryable = worthRepeating(code)
  }
}

/** Whether a call that has no answer was carried out: `no` when it was never sent. */
export type CarriedOut = 'no' | 'unknown'

interface Unanswered extends ReopsErrorOptions {
  readonly carriedOut: CarriedOut
}

/** The connection went, or was closed, before the answer came. */
export class LibvirtConnectionLost extends ReopsError {
  override readonly name = 'LibvirtConnectionLost'
  override readonly retryable = true
  readonly carriedOut: CarriedOut

  constructor(message: string, options: Unanswered) {
    super(message, options)
    this.carriedOut = options.carriedOut
  }
}

/** The answer did not come in time; the connection itself lives. */
export class LibvirtTimeout extends ReopsError {
  override readonly name = 'LibvirtTimeout'
  override readonly retryable = true
  readonly carriedOut: CarriedOut

  constructor(message: string, options: Unanswered) {
    super(message, options)
    this.carriedOut = options.carriedOut
  }
}

/** A URI that can't be used. `part` says which part of it: `transport`, `port`, `keyfile` … */
export class LibvirtUriError extends ReopsError {
  override readonly name = 'LibvirtUriError'
  readonly part: string

  constructor(part: string, message: string, options: ReopsErrorOptions = {}) {
    super(message, { ...options, detail: { ...options.detail, part } })
    this.part = part
  }
}

/**
 * Whether an error is libvirt's and has one of these codes.
 *
 * @example
 * isLibvirtError(error, 'VIR_ERR_NO_DOMAIN') // the domain is not there
 */
export function isLibvirtError(error: unknown, ...codes: LibvirtCode[]): error is LibvirtError {
  return error instanceof LibvirtError && (codes.length === 0 || codes.includes(error.code))
}
