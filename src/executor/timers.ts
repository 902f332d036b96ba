import type { Clock } from '../core/ports.ts'
import type { Cancellation } from './cancellation.ts'

/** The longest that a Node timer sleeps, in milliseconds: a longer one would ring at once. */
const LONGEST = 2 ** 31 - 1

/** The machine's own time. */
export const systemClock: Clock = {
  now: () => Date.now(),
  async sleep(ms, signal) {
    // A length of time has nothing to do with a clock that somebody may set back meanwhile.
    const until = performance.now() + ms
    for (let left = ms; left > 0; left = until - performance.now()) await nap(Math.min(left, LONGEST), signal)
  },
}

/** One timer. That of node:timers/promises makes an error with a stack for each that is switched off. */
function nap(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted()
    const abort = () => {
      clearTimeout(timer)
      reject(signal?.reason)
    }
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', abort)
      resolve()
    }, ms)
    signal?.addEventListener('abort', abort, { once: true })
  })
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

/** Why an alarm that was switched off ended. */
const switchedOff = new Error('switched off')

/** Rings once after `ms`, unless the answer is called first. */
export function alarm(clock: Clock, ms: number, ring: () => void): () => void {
  const controller = new AbortController()
  clock.sleep(ms, controller.signal).then(
    () => {
      if (!controller.signal.aborted) ring()
    },
    error => {
      // Anything else is a clock that does not work.
      if (error !== switchedOff) throw error
    },
  )
  return () => controller.abort(switchedOff)
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
