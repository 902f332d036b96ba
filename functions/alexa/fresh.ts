import { type Envelope, RequestRefused } from './request.ts'

/** How old a request may be, and how far ahead its clock, in milliseconds: what Amazon demands of every skill. */
const toleranceMs = 150_000

/** Requests that are remembered; more would not come in such a time from one household. */
const most = 5_000

/**
 * Refuses requests that are too old, and those that this process has had. What another process has had starts nothing a
 * second time either: the same request names the same execution.
 */
export function freshness(now: () => number): (envelope: Envelope) => void {
  const had = new Map<string, number>()
  return ({ request: { requestId, timestamp } }) => {
    const at = Date.parse(timestamp)
    if (!(Math.abs(now() - at) <= toleranceMs))
      throw new RequestRefused(
        `the request says that it is of ${Number.isNaN(at) ? 'no time' : new Date(at).toISOString()}, more than 150 seconds from now`,
      )
    for (const [id, time] of had) if (now() - time > 2 * toleranceMs || had.size >= most) had.delete(id)
    if (had.has(requestId)) throw new RequestRefused('the request was answered before')
    had.set(requestId, now())
  }
}
