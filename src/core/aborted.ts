/**
 * Settles as `work` does, unless the signal is aborted first: then it rejects with the signal's reason, and nobody hears
 * any more how the work ended.
 */
export async function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  // What is no promise will do, whatever its type says.
  Promise.resolve(work).catch(() => {})
  signal.throwIfAborted()
  const { promise, reject } = Promise.withResolvers<never>()
  const onAbort = () => reject(signal.reason)
  signal.addEventListener('abort', onAbort, { once: true })
  try {
    return await Promise.race([work, promise])
  } finally {
    signal.removeEventListener('abort', onAbort)
  }
}

/** Resolves when the signal is aborted, or at once when it has been. */
export function whenAborted(signal: AbortSignal): Promise<'aborted'> {
  const { promise, resolve } = Promise.withResolvers<'aborted'>()
  if (signal.aborted) resolve('aborted')
  else signal.addEventListener('abort', () => resolve('aborted'), { once: true })
  return promise
}
