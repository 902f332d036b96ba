import { HostTrouble } from '../../src/core/ports.ts'

/** How long somebody is waited for. */
export interface WaitOptions {
  readonly signal: AbortSignal
  /** Milliseconds that all of it may take. */
  readonly timeout?: number | undefined
  /** Milliseconds that one who is absent is waited for; at once unreachable when it is left out. */
  readonly wait?: number | undefined
}

interface Wanted<T> {
  find(): T | undefined
  /** Why it isn't there, in words. */
  absence(): string
  /** Calls when it may have come; answers how to stop listening. */
  onArrival(wake: () => void): () => void
}

const longest = 2 ** 31 - 1

/** Finds somebody, waiting for them as long as was asked. Throws `HostTrouble`: nothing was executed. */
export async function waitFor<T>(
  host: string,
  { signal, timeout = longest, wait = 0 }: WaitOptions,
  { find, absence, onArrival }: Wanted<T>,
): Promise<T> {
  const cancelled = () =>
    new HostTrouble('cancelled', `${host}: cancelled before anything was sent to its agent`)
  if (signal.aborted) throw cancelled()
  const present = find()
  if (present) return present
  const patience = Math.min(wait, timeout, longest)
  if (patience <= 0) throw new HostTrouble('unreachable', `${host}: ${absence()}`)
  const { promise, resolve, reject } = Promise.withResolvers<T>()
  const stop = onArrival(() => {
    const arrived = find()
    if (arrived) resolve(arrived)
  })
  const onAbort = () => reject(cancelled())
  const timer = setTimeout(
    () =>
      reject(
        new HostTrouble(
          'unreachable',
          `${host}: ${absence()}; it was waited for ${Math.round(patience / 1_000)} s, and nothing was executed`,
        ),
      ),
    patience,
  )
  signal.addEventListener('abort', onAbort, { once: true })
  try {
    return await promise
  } finally {
    stop()
    clearTimeout(timer)
    signal.removeEventListener('abort', onAbort)
  }
}
