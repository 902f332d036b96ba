/** The times of a session, in milliseconds. */
export interface Timing {
  /** Whoever dialled says that it is there when it has said nothing else for so long. */
  readonly beat: number
  /** After so long without a word the other end counts as gone. */
  readonly silence: number
  /** Until a handshake that nothing came of is tried again: at first, and at most. */
  readonly firstRetry: number
  readonly lastRetry: number
}

export const usualTiming: Timing = { beat: 5_000, silence: 20_000, firstRetry: 500, lastRetry: 10_000 }

/** The pause before another try, doubled each time and between half and all of it by chance. */
export function retryPause({ firstRetry, lastRetry }: Timing, tries: number): number {
  return Math.min(lastRetry, firstRetry * 2 ** Math.min(tries, 16)) * (0.5 + Math.random() / 2)
}
