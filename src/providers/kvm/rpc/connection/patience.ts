/** A deadline that begins anew with every sign of progress, and runs only while somebody waits. */
export interface Patience {
  /** Waiting begins, or something came while waiting. */
  wait(): void
  /** Nobody waits. */
  rest(): void
}

/** Calls `onOver` when `ms` milliseconds of waiting have brought nothing. Without `ms` it waits for ever. */
export function createPatience(ms: number | undefined, onOver: () => void): Patience {
  let timer: NodeJS.Timeout | undefined
  const rest = () => {
    clearTimeout(timer)
    timer = undefined
  }
  return {
    wait() {
      if (ms === undefined) return
      if (timer) timer.refresh()
      else timer = setTimeout(onOver, ms)
    },
    rest,
  }
}
