import { setImmediate as turn } from 'node:timers/promises'
import type { Clock } from '../../src/core/ports.ts'

/** Time that passes when a test says so. */
export interface ManualClock extends Clock {
  /** Lets so many milliseconds pass, waking sleepers in their order; between two of them others get their turns. */
  advance(ms: number): Promise<void>
  /** How many sleep. */
  readonly sleepers: number
}

interface Sleeper {
  readonly until: number
  readonly wake: () => void
}

/** So many turns of the event loop are given to whoever was woken, for what they write and answer. */
const turns = 5

export function manualClock(start = Date.parse('2030-01-01T00:00:00Z')): ManualClock {
  const sleepers = new Set<Sleeper>()
  let time = start
  const settle = async () => {
    for (let count = 0; count < turns; count++) await turn()
  }
  return {
    now: () => time,
    sleep: (ms, signal) =>
      new Promise((resolve, reject) => {
        if (signal?.aborted) {
          reject(signal.reason)
          return
        }
        const leave = () => {
          sleepers.delete(sleeper)
          reject(signal!.reason)
        }
        const sleeper: Sleeper = {
          until: time + ms,
          wake: () => {
            sleepers.delete(sleeper)
            signal?.removeEventListener('abort', leave)
            resolve()
          },
        }
        signal?.addEventListener('abort', leave, { once: true })
        sleepers.add(sleeper)
      }),
    async advance(ms) {
      const until = time + ms
      await settle()
      for (;;) {
        const [next] = [...sleepers].filter(one => one.until <= until).sort((a, b) => a.until - b.until)
        if (next === undefined) break
        time = Math.max(time, next.until)
        next.wake()
        await settle()
      }
      time = until
      await settle()
    },
    get sleepers() {
      return sleepers.size
    },
  }
}
