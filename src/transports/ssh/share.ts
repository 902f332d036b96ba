import { unlessAborted } from '../../core/aborted.ts'

/** One piece of work that several callers wait for. */
export interface Shared<T> {
  /** Waits with the others. When every caller's signal is aborted, so is the work. */
  join(signal: AbortSignal): Promise<T>
  /** Ends the work for all of them. */
  abandon(reason: unknown): void
}

/**
 * Starts work whose signal is aborted only when nobody waits for it any more. `over` runs once: when the work
 * has settled or nobody wants it, so that a newcomer does not join what is about to be cancelled.
 */
export function shareWork<T>(work: (signal: AbortSignal) => Promise<T>, over: () => void): Shared<T> {
  const controller = new AbortController()
  let callers = 0
  let isOver = false
  const end = () => {
    if (!isOver) over()
    isOver = true
  }
  const result = work(controller.signal)
  // Callers see the rejection; without any left there is nobody to tell.
  result.then(end, end)
  const abandon = (reason: unknown) => {
    end()
    controller.abort(reason)
  }
  return {
    async join(signal) {
      callers++
      try {
        return await unlessAborted(result, signal)
      } finally {
        callers--
        if (callers === 0 && !isOver) abandon(signal.reason)
      }
    },
    abandon,
  }
}
