import { isBusy } from './trouble.ts'

/** Milliseconds between two tries, at least and at most. */
const [leastPause, mostPause] = [5, 25]

/** Tries what SQLite refuses at once because another process is at it, again and again for so many milliseconds. */
export function untilFree<T>(waitMs: number, work: () => T): T {
  const until = performance.now() + waitMs
  for (;;) {
    try {
      return work()
    } catch (thrown) {
      if (!isBusy(thrown) || performance.now() >= until) throw thrown
      pause(leastPause + Math.random() * (mostPause - leastPause))
    }
  }
}

/** A database is opened in one turn, so that the thread itself waits, as it does in SQLite. */
function pause(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms)
}
