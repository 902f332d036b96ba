import { setTimeout as sleep } from 'node:timers/promises'

/**
 * The first of an answer and the end of the time for it, in milliseconds since the epoch: rejects with `TimeoutError` then.
 * What is late is let go: its own time limit ends it.
 */
export async function inTime<T>(answer: Promise<T>, until: number): Promise<T> {
  const over = new AbortController()
  const late = sleep(Math.max(1, until - Date.now()), undefined, { signal: over.signal }).then(() => {
    throw Object.assign(new Error('no answer came in time'), { name: 'TimeoutError' })
  })
  // Who loses the race fails unheard.
  late.catch(() => {})
  answer.catch(() => {})
  try {
    return await Promise.race([answer, late])
  } finally {
    over.abort()
  }
}
