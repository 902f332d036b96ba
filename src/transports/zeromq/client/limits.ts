/** Bounds of a client. Times are milliseconds. */
export interface ClientLimits {
  /** Until a first connection has to stand; then the call fails, and nothing was given to the bridge. */
  readonly connectMs: number
  /** Until a question or a submit that nobody answers is put again. */
  readonly askMs: number
  /** For what a cancelled job still answers; less than the executor's own, which counts from the same moment. */
  readonly graceMs: number
  /** A job's time when whoever calls does not say. */
  readonly jobMs: number
  /** Between our own signs of life, while the bridge can't be heard. */
  readonly beatMs: number
  /** Bytes of one piece of kept data. */
  readonly keptBytes: number
  /** Bytes of all kept data that one answer refers to, within each other too. */
  readonly answerBytes: number
  /** Pieces of kept data that one request or answer refers to. */
  readonly references: number
  /** Pieces of kept data under way at once, of all jobs: each is in memory as a whole. */
  readonly transfers: number
  /** How often a transfer that fails is tried. */
  readonly attempts: number
}

export const defaultLimits: ClientLimits = {
  connectMs: 10_000,
  askMs: 30_000,
  graceMs: 4_000,
  jobMs: 86_400_000,
  beatMs: 5_000,
  keptBytes: 256 * 1024 * 1024,
  answerBytes: 1024 * 1024 * 1024,
  references: 10_000,
  transfers: 2,
  attempts: 5,
}

/** A pause before something is tried again, from half of it to the whole, so that many don't come at once. */
export function jittered(ms: number, random: () => number): number {
  return ms * (0.5 + random() / 2)
}

/** The pause before this attempt, doubling from half a second to ten. */
export function pauseBefore(attempt: number, random: () => number): number {
  return jittered(Math.min(10_000, 500 * 2 ** Math.min(attempt, 10)), random)
}
