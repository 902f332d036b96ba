/** Time that runs only while it is the host's turn: it stands still while a person types or while we queue. */
export interface Deadline {
  /** Aborted with the deadline's own reason when the time is over, or with the caller's when the caller aborts. */
  readonly signal: AbortSignal
  /** Whether it was the time, and not the caller, that ended it. */
  expired(): boolean
  /** Milliseconds left. */
  remaining(): number
  /** Stops the clock while the work runs. Pauses may overlap. */
  pausedWhile<T>(work: () => Promise<T>): Promise<T>
  clear(): void
}

/** For whom no time is set: Node's timers know no longer one; it is 24 days. */
export const noTimeout = 2 ** 31 - 1

/**
 * Starts a deadline of `ms` milliseconds that also ends when `caller` is aborted. It must be cleared.
 *
 * @example
 * const deadline = startDeadline(10_000, AbortSignal.abort())
 */
export function startDeadline(ms: number, caller: AbortSignal): Deadline {
  const controller = new AbortController()
  let left = ms
  let since = performance.now()
  let pauses = 0
  let over = false
  let timer: NodeJS.Timeout | undefined

  const expire = () => {
    over = true
    controller.abort(new DOMException(`no answer within ${ms} ms`, 'TimeoutError'))
  }
  const run = () => {
    since = performance.now()
    timer = setTimeout(expire, Math.max(0, left))
  }
  const stop = () => {
    clearTimeout(timer)
    left -= performance.now() - since
  }
  const onCaller = () => controller.abort(caller.reason)

  if (caller.aborted) onCaller()
  else {
    caller.addEventListener('abort', onCaller, { once: true })
    run()
  }
  return {
    signal: controller.signal,
    expired: () => over,
    remaining: () => Math.max(0, pauses > 0 ? left : left - (performance.now() - since)),
    async pausedWhile(work) {
      if (pauses++ === 0) stop()
      try {
        return await work()
      } finally {
        if (--pauses === 0 && !controller.signal.aborted) run()
      }
    },
    clear() {
      clearTimeout(timer)
      caller.removeEventListener('abort', onCaller)
    },
  }
}
