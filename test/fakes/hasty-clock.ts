import type { Clock } from '../../src/core/ports.ts'
import { systemClock } from '../../src/executor/index.ts'

/** A clock on which pauses between attempts, which are no whole milliseconds, cost no time, and are counted. */
export function hastyClock(): { readonly clock: Clock; readonly pauses: number[] } {
  const pauses: number[] = []
  const clock: Clock = {
    now: () => systemClock.now(),
    sleep: async (ms, signal) => {
      if (Number.isInteger(ms)) return systemClock.sleep(ms, signal)
      signal?.throwIfAborted()
      pauses.push(ms)
    },
  }
  return { clock, pauses }
}
