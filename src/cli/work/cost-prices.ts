/** Public list prices of one region in US dollars, without taxes and discounts. */
export interface Prices {
  /** A state transition of a Standard workflow. */
  readonly transition: number
  /** A call of a Lambda function. */
  readonly request: number
  /** A GB-second of a Lambda function on arm64. */
  readonly gigabyteSecond: number
  /** A firing of EventBridge Scheduler. */
  readonly firing: number
  /** An execution of the Express workflow that looks whether the one before goes on, its second included. */
  readonly look: number
}

/** The day on which they were written down; AWS changes its prices seldom. */
export const pricesAsOf = '2025-06-01'

const common: Prices = {
  transition: 25 / 1e6,
  request: 0.2 / 1e6,
  gigabyteSecond: 0.000_013_333_4,
  firing: 1 / 1e6,
  // A dollar for a million, and a second at the least memory, 64 MB.
  look: 1 / 1e6 + 0.000_016_67 / 16,
}

export const prices: Readonly<Record<string, Prices>> = {
  'us-east-1': common,
  'eu-central-1': common,
}

/** What an account has free each month, without an end. All that it does counts together. */
export const freeTier = {
  transitions: 4_000,
  requests: 1_000_000,
  gigabyteSeconds: 400_000,
  firings: 14_000_000,
} as const
