import {
  AmbiguousName,
  ExecutionNameTaken,
  LeaseLost,
  StoreClosed,
  UnknownExecution,
  WrongStatus,
} from '../../core/execution-errors.ts'
import type {
  ExecutionLease,
  ExecutionRecord,
  ExecutionRequest,
  ExecutionStore,
  ExecutionSummary,
  JournalEntry,
} from '../../core/executions.ts'
import { sameJson } from '../same-json.ts'

interface Kept {
  record: ExecutionRecord
  /** The latest one that was granted, whoever holds it. */
  fence: number
  readonly allowedMs: number
  readonly entries: JournalEntry[]
  requests: ExecutionRequest[]
}

/**
 * Keeps executions in memory, for tests and for whoever wants no journal. The contract is the store's, but for
 * what survives the process: nothing.
 *
 * @example
 * const store = openMemoryExecutionStore()
 * store.abandoned(Date.now()) // []
 */
export function openMemoryExecutionStore(): ExecutionStore {
  const kept = new Map<string, Kept>()
  let lastFence = 0
  let closed = false

  const open = () => {
    if (closed) throw new StoreClosed()
  }
  const known = (id: string): Kept => {
    const found = kept.get(id)
    if (found === undefined) throw new UnknownExecution(id)
    return found
  }
  const held = (id: string, fence: number): Kept => {
    open()
    const found = kept.get(id)
    if (found?.fence !== fence || found.record.lease === undefined) throw new LeaseLost(id, fence)
    return found
  }
  const take = (of: Kept, owner: string, until: number): ExecutionLease => {
    const lease = { owner, until, fence: ++lastFence }
    of.fence = lease.fence
    of.record = { ...of.record, lease }
    return lease
  }
  const records = () => [...kept.values()].map(({ record }) => record)

  return {
    async start(start, owner, leaseMs) {
      open()
      const same = records().find(({ flow, name }) => flow === start.flow && name === start.name)
      if (same !== undefined && sameJson(same.input, start.input)) return { kind: 'known', record: same }
      const taken = same ?? kept.get(start.id)?.record
      if (taken !== undefined) throw new ExecutionNameTaken(taken, taken.status)
      const lease = { owner, until: start.startedAt + leaseMs, fence: ++lastFence }
      const record: ExecutionRecord = { ...start, status: 'RUNNING', redrives: 0, lease }
      const allowedMs = start.deadline - start.startedAt
      kept.set(start.id, { record, fence: lease.fence, allowedMs, entries: [], requests: [] })
      return { kind: 'started', record, lease }
    },
    append(id, fence, entries) {
      held(id, fence).entries.push(...entries)
    },
    // What is appended is kept already, and what was refused has thrown.
    async flush() {
      open()
    },
    async finish(id, fence, end) {
      const found = held(id, fence)
      found.record = { ...found.record, ...end, lease: undefined }
    },
    async reopen(id, owner, leaseMs, at) {
      open()
      const found = known(id)
      const { status, stoppedAt, output, error, cause, ...rest } = found.record
      if (status === 'RUNNING' || status === 'SUCCEEDED')
        throw new WrongStatus(id, status, 'one that failed, timed out or was aborted can be redriven')
      const deadline = at + found.allowedMs
      found.record = { ...rest, status: 'RUNNING', deadline, redrives: rest.redrives + 1 }
      found.requests = []
      return take(found, owner, at + leaseMs)
    },
    get: id => kept.get(id)?.record,
    find(name) {
      if (name === '') return undefined
      const whole = records().filter(record => record.name === name)
      const found = whole.length > 0 ? whole : records().filter(record => record.name.startsWith(name))
      if (found.length > 1)
        throw new AmbiguousName(
          name,
          found.slice(0, 5).map(({ id }) => id),
        )
      return found[0]
    },
    list({ flow, status, since, limit }) {
      const found = records()
        .filter(record => flow === undefined || record.flow === flow)
        .filter(record => status === undefined || record.status === status)
        .filter(record => since === undefined || record.startedAt >= since)
      // Of two that started at once, the later comes first too.
      const newest = found.reverse().sort((a, b) => b.startedAt - a.startedAt)
      return newest.slice(0, limit).map(summaryOf)
    },
    *journal(id, after = 0) {
      const entries = kept.get(id)?.entries ?? []
      for (let position = after + 1; position <= entries.length; position++)
        yield { ...entries[position - 1]!, position }
    },
    async acquire(id, owner, leaseMs, now) {
      open()
      const found = kept.get(id)
      if (found === undefined || !isAbandoned(found.record, now)) return undefined
      return take(found, owner, now + leaseMs)
    },
    async renew(id, fence, leaseMs, now) {
      const found = held(id, fence)
      const lease = { owner: found.record.lease!.owner, until: now + leaseMs, fence }
      found.record = { ...found.record, lease }
      return lease
    },
    async release(id, fence) {
      const found = held(id, fence)
      found.record = { ...found.record, lease: undefined }
    },
    abandoned(now) {
      const found = records().filter(record => isAbandoned(record, now))
      return found.sort((a, b) => a.startedAt - b.startedAt).map(summaryOf)
    },
    async prune(before) {
      open()
      const old = records().filter(record => isOver(record, before))
      for (const { id } of old) kept.delete(id)
      return old.length
    },
    async request(id, request) {
      open()
      const found = known(id)
      const { status } = found.record
      if (status !== 'RUNNING') throw new WrongStatus(id, status, 'a running one takes requests')
      found.requests.push(request)
    },
    requests: id => [...(kept.get(id)?.requests ?? [])],
    async close() {
      closed = true
    },
  }
}

/** Whether it ended before a time, or nobody ended it although its own time was over by then. */
function isOver({ status, stoppedAt, deadline, lease }: ExecutionRecord, before: number): boolean {
  if (status !== 'RUNNING') return stoppedAt !== undefined && stoppedAt < before
  return deadline < before && (lease === undefined || lease.until < before)
}

function isAbandoned({ status, lease }: ExecutionRecord, now: number): boolean {
  return status === 'RUNNING' && (lease === undefined || lease.until <= now)
}

function summaryOf({ machine, input, output, ...summary }: ExecutionRecord): ExecutionSummary {
  return summary
}
