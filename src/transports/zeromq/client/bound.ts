import type { Clock } from '../../../core/ports.ts'

/** Time is over: what one wait was given. Each bound has a reason of its own, by which it is told from others. */
class TimeOver extends Error {
  override readonly name = 'TimeOver'
}

/** Most waits are switched off: an error with a stack for each would cost more than the wait. */
const stopped = new Error('nobody waits any more')

/** A signal that is aborted after `ms`, unless it was stopped. */
export function bound(clock: Clock, ms: number): { readonly signal: AbortSignal; stop(): void } {
  const ring = new AbortController()
  const off = new AbortController()
  clock.sleep(Math.max(0, ms), off.signal).then(
    () => ring.abort(new TimeOver('time is over')),
    () => {},
  )
  return { signal: ring.signal, stop: () => off.abort(stopped) }
}
