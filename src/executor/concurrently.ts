import { Cancellation, Cancelled } from './cancellation.ts'

/**
 * Does work by index, so many at once. The first failure cancels the others, all of which have ended when it
 * is thrown: nothing of it goes on. Each of the workers is told apart by its number, from 0.
 */
export async function concurrently(
  count: number,
  atOnce: number,
  parent: Cancellation,
  work: (index: number, cancellation: Cancellation, worker: number) => Promise<void>,
): Promise<void> {
  const cancellation = new Cancellation(parent)
  let next = 0
  let failed = false
  let failure: unknown
  let stopped: Cancelled | undefined

  const worker = async (number: number): Promise<void> => {
    while (next < count && !failed) {
      try {
        cancellation.throwIfCancelled()
        await work(next++, cancellation, number)
      } catch (thrown) {
        if (failed) return
        if (wasStopped(thrown, cancellation)) {
          stopped = thrown
          return
        }
        failed = true
        failure = thrown
        cancellation.cancel(new Cancelled('sibling', 'Another branch or iteration failed'))
      }
    }
  }

  try {
    await Promise.all(Array.from({ length: Math.min(count, atOnce) }, (_, number) => worker(number)))
  } finally {
    cancellation.close()
  }
  if (failed || stopped !== undefined) throw parent.reason ?? (failed ? failure : stopped)
}

/** One that was stopped before a crash, because of a sibling, here or further out, that is about to fail again. */
function wasStopped(thrown: unknown, cancellation: Cancellation): thrown is Cancelled {
  return thrown instanceof Cancelled && thrown.why === 'sibling' && cancellation.reason === undefined
}
