import type { Json } from './json.ts'

/** Why nothing is known of a sensor. */
export type UnknownReason =
  /** Nothing came yet. */
  | 'absent'
  /** What came last is older than the sensor's readings may be. */
  | 'stale'
  /** What came does not fit the sensor's schema. */
  | 'unparseable'
  /** A retained message, or a time that can't be: nobody knows how old it is. */
  | 'ageless'
  /** What was asked for it failed. */
  | 'failed'

/**
 * What is known of the world at a moment, or that nothing is. Times are milliseconds of the clock that its reader keeps:
 * `at` is when it was measured, and `until` when it is too old to be believed.
 */
export type Reading<T = Json> =
  | { readonly known: true; readonly value: T; readonly at: number; readonly until: number }
  | Unknown

/** No reading: `why` is a sentence without a full stop. */
export interface Unknown {
  readonly known: false
  readonly reason: UnknownReason
  readonly why: string
}

/** A reading to be kept. `at` is milliseconds since the epoch; one without a value was unknown, and `why` says why. */
export interface NewReading {
  /** The sensor's name. */
  readonly sensor: string
  /** Where it came from: of a sensor with wildcards, one of its topics. */
  readonly topic: string
  readonly at: number
  readonly value?: Json | undefined
  readonly why?: string | undefined
}

/** A line of readings that belong together, with the last of them. */
export interface Series {
  readonly sensor: string
  readonly topic: string
  /** How many are kept. */
  readonly count: number
  readonly last: KeptReading
}

/** A reading that was kept. */
export interface KeptReading {
  readonly at: number
  readonly value?: Json | undefined
  readonly why?: string | undefined
}

/** How much is kept: what is older goes, and of each series and of all the oldest beyond so many. */
export interface Retention {
  /** Milliseconds. */
  readonly age: number
  readonly perSeries: number
  readonly total: number
}

/** Keeps readings. Times are milliseconds since the epoch. What reads answers at once. */
export interface ReadingStore {
  /** Resolves once they are written. One of a time that its series has replaces what was there. */
  add(readings: readonly NewReading[]): Promise<void>
  /** Every series, by sensor and topic. */
  series(sensor?: string): readonly Series[]
  /** What was read from `from` on and before `to`, oldest first. Of a sensor with several topics, all together. */
  range(
    sensor: string,
    within: { readonly from: number; readonly to: number; readonly topic?: string | undefined },
  ): readonly (KeptReading & { readonly topic: string })[]
  /** Means of so many equal parts of the time, for lines that are drawn: `undefined` where there was no number. */
  means(
    series: { readonly sensor: string; readonly topic: string },
    within: { readonly from: number; readonly to: number; readonly parts: number },
  ): readonly (number | undefined)[]
  /** Removes what is not to be kept and answers how many that were. */
  prune(now: number, retention: Retention): Promise<number>
  close(): Promise<void>
}
