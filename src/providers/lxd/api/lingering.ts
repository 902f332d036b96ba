/**
 * Works under a signal that is aborted some milliseconds after another: what is asked of a server is then known to it
 * or not, where an abort in the middle would leave both possible. One that is aborted already stays so.
 */
export async function lingering<T>(
  signal: AbortSignal,
  ms: number,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  if (signal.aborted) return work(signal)
  const later = new AbortController()
  let timer: NodeJS.Timeout | undefined
  const abort = () => {
    timer = setTimeout(() => later.abort(signal.reason), ms)
  }
  signal.addEventListener('abort', abort, { once: true })
  try {
    return await work(later.signal)
  } finally {
    signal.removeEventListener('abort', abort)
    clearTimeout(timer)
  }
}
