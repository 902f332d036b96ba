/** How long a machine is waited for, and how often it is asked. Times are milliseconds. */
export interface Pace {
  /** One look at whether it answers. An address in the same segment that nobody has takes three seconds to say so. */
  readonly probeMs: number
  /** Between two looks, give or take a quarter. */
  readonly pauseMs: number
  /** So many looks in a row must meet silence before it counts as gone: one lost answer is no proof. */
  readonly silences: number
  /** Magic packets: nobody confirms one, so it is sent more than once. */
  readonly packets: number
  readonly packetPauseMs: number
  /** One question to a power switch. */
  readonly powerMs: number
  /** Until the power is seen off after it was cut. */
  readonly cutMs: number
}

/** What holds where a caller says nothing else. */
export const usualPace: Pace = {
  probeMs: 5_000,
  pauseMs: 2_000,
  silences: 3,
  packets: 5,
  packetPauseMs: 200,
  powerMs: 15_000,
  cutMs: 60_000,
}
