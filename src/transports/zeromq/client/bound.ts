import type { Clock } from '../../../core/ports.ts'

/** Time is over: what one wait was given. Each bound has a reason of its own, by which it is told from others. */
class TimeOver extends Error {
  override readonly name = 'TimeOver'
}

/** A signal that is aborted after `ms`, unless it was stopped. */
export function bound(clock: Clock, ms: number): { readonly signal: AbortSignal; stop(): void } {
  const ring = new AbortController()
  const off = new AbortController()
  const reason = new TimeOver('time is over')
  clock.sleep(Math.max(0, ms), off.signal).then(
    () => ring.abort(reason),
    () => {},
  )
  return { signal: ring.signal, stop: () => off.abort() }
}
