import { StoreClosed } from '../../core/execution-errors.ts'
import {
  type JobRecord,
  type JobState,
  type JobStore,
  type JobSummary,
  jobStates,
  jobTaken,
  type OutboxEntry,
  UnknownJob,
} from '../../core/jobs.ts'
import { identityOf } from '../../core/task.ts'
import { sameJson } from '../same-json.ts'

/** An answer that waits; what it is stands in its job. */
type Waiting = Pick<OutboxEntry, 'token' | 'attempts' | 'dueAt'>

/**
 * Keeps jobs in memory, for tests. The contract is the store's, but for what survives the process: nothing.
 *
 * @example
 * const store = openMemoryJobStore()
 * store.unfinished() // []
 */
export function openMemoryJobStore(): JobStore {
  const jobs = new Map<string, JobRecord>()
  const outbox = new Map<string, Waiting>()
  let closed = false

  const open = () => {
    if (closed) throw new StoreClosed()
  }
  const put = (record: JobRecord): JobRecord => {
    jobs.set(record.id, record)
    return record
  }
  const isOpen = ({ state }: JobRecord) => state === 'queued' || state === 'running'
  const entries = () =>
    [...outbox]
      .map(([job, waiting]) => ({ job, ...waiting, end: endOf(jobs.get(job)!) }))
      .sort((a, b) => a.dueAt - b.dueAt)

  return {
    async accept(job) {
      open()
      const known = jobs.get(job.id)
      if (known === undefined)
        return { kind: 'accepted', record: put(copy({ ...job, state: 'queued', attempts: 0 })) }
      if (sameJson(identityOf(known.request), identityOf(job.request)))
        return { kind: 'known', record: known }
      throw jobTaken(job.id)
    },
    async begin(id, startedAt) {
      open()
      const known = jobs.get(id)
      if (known?.state !== 'queued') return undefined
      return put({ ...known, state: 'running', startedAt, attempts: known.attempts + 1 })
    },
    async requeue(id) {
      open()
      const known = jobs.get(id)
      if (known?.state !== 'running') return
      const { startedAt, ...rest } = known
      put({ ...rest, state: 'queued' })
    },
    async end(id, end) {
      open()
      const known = jobs.get(id)
      if (known === undefined) throw new UnknownJob(id)
      if (!isOpen(known)) return known
      const { token } = known.request
      if (token !== undefined) outbox.set(id, { token, attempts: 0, dueAt: end.endedAt })
      return put({ ...known, ...copy(end) })
    },
    get: id => jobs.get(id),
    list({ state, since, limit }) {
      const found = [...jobs.values()]
        .filter(job => state === undefined || job.state === state)
        .filter(job => since === undefined || job.acceptedAt >= since)
      return found.reverse().slice(0, limit).map(summaryOf)
    },
    unfinished: () => [...jobs.values()].filter(isOpen),
    counts() {
      const counts = Object.fromEntries(jobStates.map(state => [state, 0])) as Record<JobState, number>
      for (const { state } of jobs.values()) counts[state]++
      return counts
    },
    due: (now, limit) =>
      entries()
        .filter(({ dueAt }) => dueAt <= now)
        .slice(0, limit),
    nextDue: () => entries()[0]?.dueAt,
    waiting: () => outbox.size,
    async sent(job, why) {
      open()
      if (outbox.delete(job) && why !== undefined) put({ ...jobs.get(job)!, undelivered: why })
    },
    async postpone(job, dueAt) {
      open()
      const waiting = outbox.get(job)
      if (waiting) outbox.set(job, { ...waiting, dueAt, attempts: waiting.attempts + 1 })
    },
    async prune(before) {
      open()
      const old = [...jobs.values()].filter(
        ({ id, endedAt }) => endedAt !== undefined && endedAt < before && !outbox.has(id),
      )
      for (const { id } of old) jobs.delete(id)
      return old.length
    },
    async close() {
      closed = true
    },
  }
}

/** As it was when it was given: what the caller does to its objects afterwards changes nothing. */
function copy<T>(value: T): T {
  return JSON.parse(JSON.stringify(value)) as T
}

function endOf({ state, endedAt, output, error, cause }: JobRecord): OutboxEntry['end'] {
  const end = { state, endedAt, output, error, cause } as OutboxEntry['end']
  return copy(end)
}

function summaryOf({ request, output, ...rest }: JobRecord): JobSummary {
  const { operation, flow, step } = request
  return { ...rest, operation, flow, step }
}
