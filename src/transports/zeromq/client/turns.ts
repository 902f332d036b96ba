/** Lets so many at once do something, the others in their order after them. */
export function openTurns(atOnce: number): <T>(act: () => Promise<T>) => Promise<T> {
  const waiting: (() => void)[] = []
  let busy = 0
  return async act => {
    if (busy < atOnce) busy++
    else await new Promise<void>(resolve => waiting.push(resolve))
    try {
      return await act()
    } finally {
      // A turn is handed on and not given back, so that nobody comes in between.
      const next = waiting.shift()
      if (next === undefined) busy--
      else next()
    }
  }
}
