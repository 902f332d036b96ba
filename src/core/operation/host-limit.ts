import { type Clock, HostTrouble } from '../ports.ts'

/** What a transport has to end by itself after its time, in milliseconds, before we stop waiting for it. */
const usualGrace = 4_000

/** Without a reason of ours, each abort would make an exception with a stack, for every host. */
const enough = 'the work is done'

/**
 * Waits for one host's work, and no longer than its time and a grace, even where a transport or a handler ignores
 * both its deadline and its signal. The work may still go on then, so that nobody knows whether it was done.
 */
export async function withinLimits<T>(
  work: Promise<T>,
  {
    allowed,
    clock,
    signal,
    grace = usualGrace,
  }: {
    readonly allowed: number
    readonly clock: Clock
    readonly signal: AbortSignal
    readonly grace?: number
  },
): Promise<T> {
  const done = new AbortController()
  try {
    return await Promise.race([
      work,
      overdue(allowed, grace, clock, done.signal),
      abandoned(signal, grace, clock, done.signal),
    ])
  } finally {
    done.abort(enough)
    work.catch(() => {})
  }
}

async function overdue(allowed: number, grace: number, clock: Clock, done: AbortSignal): Promise<never> {
  if (!(await slept(clock, allowed + grace, done))) return new Promise(() => {})
  throw new HostTrouble('unknown', `it neither answered nor ended ${grace / 1000}s after its time was over`)
}

async function abandoned(
  signal: AbortSignal,
  grace: number,
  clock: Clock,
  done: AbortSignal,
): Promise<never> {
  await new Promise<void>(resolve => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true, signal: done })
  })
  if (!(await slept(clock, grace, done))) return new Promise(() => {})
  throw new HostTrouble('unknown', `it did not end ${grace / 1000}s after it was cancelled`)
}

/** Sleeps so many milliseconds; `false` when it was told that it is done before. */
export async function slept(clock: Clock, ms: number, done: AbortSignal): Promise<boolean> {
  try {
    await clock.sleep(ms, done)
    return true
  } catch (error) {
    if (done.aborted) return false
    throw error
  }
}
