import type { WatchState } from '../../core/watches/state.ts'

type Dwell = NonNullable<WatchState['dwell']>

/**
 * A dwell counts the time that something is known to hold. A reading vouches for the time until the next one, and no longer
 * than it may be believed: what nobody knew is not counted, whether a sensor was silent or we were down. So the deadline
 * stays where it is across a restart within that time, and moves by what is beyond it.
 */
export function beginDwell(now: number, until: number): Dwell {
  return { held: 0, at: now, until }
}

/** Goes on with it at a reading for which it holds. After a silence that is longer than all of the dwell it begins anew. */
export function continueDwell(dwell: Dwell, now: number, until: number, forMs: number): Dwell {
  if (now - dwell.until > forMs) return beginDwell(now, until)
  return { held: dwell.held + counted(dwell, now), at: now, until }
}

/** Stops counting while nothing is known. */
export function pauseDwell(dwell: Dwell, now: number): Dwell {
  if (now < dwell.at) return dwell
  return { held: dwell.held + counted(dwell, now), at: now, until: Math.min(dwell.until, now) }
}

/** The time from its last reading that is known to count, now. */
function counted({ at, until }: Dwell, now: number): number {
  return Math.max(0, Math.min(now, until) - at)
}
