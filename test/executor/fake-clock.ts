import { setImmediate as turn } from 'node:timers/promises'
import type { Clock } from '../../src/core/ports.ts'

interface Sleeper {
  readonly until: number
  readonly wake: () => void
}

/**
 * A clock whose time passes when nothing else happens: it jumps to the next sleeper's end once the event loop
 * has been idle for a few turns, more where messages are under way meanwhile. Waits and retries cost no real time and keep their order.
 */
export function fakeClock(start = Date.parse('2030-01-01T00:00:00Z'), turns = 4): Clock {
  const sleepers = new Set<Sleeper>()
  let time = start
  let passing = false

  async function pass(): Promise<void> {
    if (passing) return
    passing = true
    while (sleepers.size > 0) {
      for (let idle = 0; idle < turns; idle++) await turn()
      const next = [...sleepers].reduce<Sleeper | undefined>(
        (a, b) => (a === undefined || b.until < a.until ? b : a),
        undefined,
      )
      if (next === undefined) break
      sleepers.delete(next)
      time = Math.max(time, next.until)
      next.wake()
    }
    passing = false
  }

  return {
    now: () => time,
    sleep: (ms, signal) =>
      new Promise((resolve, reject) => {
        if (signal?.aborted) {
          reject(signal.reason)
          return
        }
        const abort = () => {
          sleepers.delete(sleeper)
          reject(signal!.reason)
        }
        const sleeper: Sleeper = {
          until: time + ms,
          wake: () => {
            signal?.removeEventListener('abort', abort)
            resolve()
          },
        }
        signal?.addEventListener('abort', abort, { once: true })
        sleepers.add(sleeper)
        void pass()
      }),
  }
}
