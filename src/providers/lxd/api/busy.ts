import { setTimeout as sleep } from 'node:timers/promises'
import type { CallOptions } from './client.ts'
import { isTrouble } from './errors.ts'

/** Between two tries, in milliseconds, half of it at random; and how long an instance may be busy at most. */
const pauseMs = 200
const busyMs = 30_000

/**
 * Asks again while the server says that the instance is busy with something else, such as stopping: it refuses that
 * before it does anything. Gives up with the server's own words after 30 seconds, or when the time is over.
 */
export async function whenFree<T>(
  { signal, timeout = busyMs }: CallOptions,
  work: () => Promise<T>,
): Promise<T> {
  const deadline = performance.now() + Math.min(timeout, busyMs)
  for (;;) {
    try {
      return await work()
    } catch (error) {
      if (!isTrouble(error, 'busy') || signal.aborted || performance.now() > deadline) throw error
      // Being aborted in a pause is seen by the next try.
      await sleep(pauseMs * (0.5 + Math.random()), undefined, { signal }).catch(() => undefined)
    }
  }
}
