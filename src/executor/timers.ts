import { setTimeout as after } from 'node:timers/promises'
import type { Clock } from '../core/ports.ts'
import type { Cancellation } from './cancellation.ts'

/** The longest that a Node timer sleeps, in milliseconds: a longer one would ring at once. */
const LONGEST = 2 ** 31 - 1

/** The machine's own time. */
export const systemClock: Clock = {
  now: () => Date.now(),
  async sleep(ms, signal) {
    const until = Date.now() + ms
    for (let left = ms; left > 0; left = until - Date.now()) {
      try {
        await after(Math.min(left, LONGEST), undefined, signal === undefined ? {} : { signal })
      } catch (error) {
        throw signal?.aborted ? signal.reason : error
      }
    }
  },
}

/** Sleeps, or throws why it was cancelled. */
export async function pause(clock: Clock, ms: number, cancellation: Cancellation): Promise<void> {
  cancellation.throwIfCancelled()
  const controller = new AbortController()
  const leave = cancellation.onCancel(reason => controller.abort(reason))
  try {
    await clock.sleep(ms, controller.signal)
  } finally {
    leave()
  }
}

/** Rings once after `ms`, unless the answer is called first. */
export function alarm(clock: Clock, ms: number, ring: () => void): () => void {
  const controller = new AbortController()
  clock.sleep(ms, controller.signal).then(
    () => {
      if (!controller.signal.aborted) ring()
    },
    error => {
      // An aborted sleep is how an alarm is switched off; anything else is a clock that does not work.
      if (!controller.signal.aborted) throw error
    },
  )
  return () => controller.abort()
}

/** Rings when nobody beats for `ms`. */
export function watchHeartbeat(clock: Clock, ms: number, ring: () => void): { beat(): void; stop(): void } {
  let last = clock.now()
  let stop = arm(ms)

  function arm(delay: number): () => void {
    return alarm(clock, delay, () => {
      const idle = clock.now() - last
      if (idle >= ms) ring()
      else stop = arm(ms - idle)
    })
  }

  return {
    beat() {
      last = clock.now()
    },
    stop: () => stop(),
  }
}
