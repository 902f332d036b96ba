import { ReopsError } from './errors.ts'

/** What spot capacity of a type in a zone costs from a moment on. */
export interface SpotRecord {
  readonly type: string
  readonly zone: string
  /** Milliseconds since the epoch. */
  readonly at: number
  /** USD per hour. */
  readonly price: number
}

/** The prices of the world, which the root wires. */
export interface PricesPort {
  /**
   * Every change of the price of Linux on spot capacity in a span of time (milliseconds since the epoch), and of each type in
   * each zone the last change before it, in no order. A type that a zone does not have has none. Rejects with
   * `UnknownSpotPool` and `PricesUnavailable`.
   */
  spot(
    asked: {
      readonly types: readonly string[]
      readonly zones: readonly string[]
      readonly from: number
      readonly until: number
    },
    signal: AbortSignal,
  ): Promise<readonly SpotRecord[]>
}

/** There is no such type, zone or region at AWS. */
export class UnknownSpotPool extends ReopsError {
  override readonly name = 'UnknownSpotPool'
  override readonly slug = 'unknown-spot-pool'
}

/** Nobody answers for prices now: no credentials, no permission, too many calls, or no network. */
export class PricesUnavailable extends ReopsError {
  override readonly name = 'PricesUnavailable'
  override readonly slug = 'prices-unavailable'
  override readonly retryable = true
}
