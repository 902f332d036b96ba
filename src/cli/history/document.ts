import { countThreads } from './lines.ts'
import { type Attempt, failureIn, type Thread, type Timeline, type Visit } from './timeline.ts'

/** A timeline for a program: the states in order, what is within them nested. Times are ISO 8601. */
export function timelineDocument(
  { root }: Timeline,
  waitsUntil?: (visit: Visit) => number | undefined,
): object[] {
  return root.visits.map(visit => visitDocument(visit, waitsUntil))
}

function visitDocument(visit: Visit, waitsUntil?: (visit: Visit) => number | undefined): object {
  const { name, type, status, enteredAt, leftAt, attempts } = visit
  const until = status === 'running' ? waitsUntil?.(visit) : undefined
  const ended = status === 'failed' || status === 'caught'
  return {
    name,
    type,
    status,
    enteredAt: iso(enteredAt),
    leftAt: iso(leftAt),
    ...(until === undefined ? {} : { waitsUntil: iso(until) }),
    ...(ended ? { failure: failureIn(visit) ?? {} } : {}),
    ...(attempts.length > 1 ? { retries: attempts.slice(0, -1).map(({ failure }) => failure ?? {}) } : {}),
    ...spread(attempts, waitsUntil),
  }
}

/** Earlier attempts at a Map or a Parallel are told by their failures; what it is spread over is the last one's. */
function spread(attempts: readonly Attempt[], waitsUntil?: (visit: Visit) => number | undefined): object {
  const last = attempts.at(-1)
  if (last === undefined || (last.threads.length === 0 && last.items === undefined)) return {}
  const threads = last.threads
    .toSorted((a, b) => a.index - b.index)
    .map(thread => threadDocument(thread, waitsUntil))
  return last.items === undefined
    ? { branches: threads }
    : { items: { ...countThreads(last.threads, last.items), each: threads } }
}

function threadDocument(thread: Thread, waitsUntil?: (visit: Visit) => number | undefined): object {
  const { index, status, startedAt, stoppedAt, failure, kind } = thread
  return {
    index,
    ...(kind === 'branch' ? {} : { status }),
    startedAt: iso(startedAt),
    stoppedAt: iso(stoppedAt),
    ...(failure === undefined ? {} : { failure }),
    states: thread.visits.map(visit => visitDocument(visit, waitsUntil)),
  }
}

function iso(time: number | undefined): string | null {
  return time === undefined ? null : new Date(time).toISOString()
}
