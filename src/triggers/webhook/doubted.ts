import type { Doubt } from './prove.ts'

/** Requests that are not believed are told once in this time, in milliseconds, however many come. */
const toldEveryMs = 60_000

/** Tells of requests that were not believed: how many, of which webhook the last one was, and why. */
export function tellDoubts(notice: (text: string) => void): (path: string, doubt: Doubt) => void {
  let toldAt = Number.NEGATIVE_INFINITY
  let untold = 0
  return (path, doubt) => {
    untold++
    const now = performance.now()
    if (now - toldAt < toldEveryMs) return
    notice(`webhook ${path}: ${untold} requests were not believed, the last one is ${doubt}`)
    toldAt = now
    untold = 0
  }
}
