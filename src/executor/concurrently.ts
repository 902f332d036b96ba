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
  let next = 0
  await withWorkers(Math.min(count, atOnce), parent, (cancellation, number) =>
    next < count ? work(next++, cancellation, number) : undefined,
  )
}

/**
 * Does work on values as they come, so many at once and as `concurrently` does it. No value is asked for before
 * there is somebody to work on it, and none once something failed.
 */
export async function drain<T>(
  source: AsyncGenerator<T, void>,
  atOnce: number,
  parent: Cancellation,
  work: (value: T, index: number, cancellation: Cancellation) => Promise<void>,
): Promise<void> {
  let index = 0
  let drained = false
  let asked: Promise<unknown> = Promise.resolve()
  /** One after the other: a generator that is asked by many at once looks through all of them at each request. */
  const next = (cancellation: Cancellation): Promise<IteratorResult<T, void>> => {
    const answer = asked.then(() => {
      cancellation.throwIfCancelled()
      return source.next()
    })
    asked = answer.catch(() => undefined)
    return answer
  }
  const one = async (cancellation: Cancellation): Promise<void> => {
    const { value, done } = await next(cancellation)
    if (done === true) drained = true
    else await work(value as T, index++, cancellation)
  }
  try {
    await withWorkers(atOnce, parent, cancellation => (drained ? undefined : one(cancellation)))
  } finally {
    await source.return()
  }
}

/** Lets each worker do one thing after the other, until there is none or something fails. */
async function withWorkers(
  workers: number,
  parent: Cancellation,
  work: (cancellation: Cancellation, worker: number) => Promise<void> | undefined,
): Promise<void> {
  const cancellation = new Cancellation(parent)
  let failed = false
  let failure: unknown
  let stopped: Cancelled | undefined

  const worker = async (number: number): Promise<void> => {
    while (!failed) {
      try {
        cancellation.throwIfCancelled()
        const working = work(cancellation, number)
        if (working === undefined) return
        await working
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
    await Promise.all(Array.from({ length: workers }, (_, number) => worker(number)))
  } finally {
    cancellation.close()
  }
  if (failed || stopped !== undefined) throw parent.reason ?? (failed ? failure : stopped)
}

/** One that was stopped before a crash, because of a sibling, here or further out, that is about to fail again. */
function wasStopped(thrown: unknown, cancellation: Cancellation): thrown is Cancelled {
  return thrown instanceof Cancelled && thrown.why === 'sibling' && cancellation.reason === undefined
}
