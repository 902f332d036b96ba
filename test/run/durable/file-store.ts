import {
  closeSync,
  existsSync,
  fdatasyncSync,
  openSync,
  readFileSync,
  truncateSync,
  writeSync,
} from 'node:fs'
import {
  ExecutionNameTaken,
  LeaseLost,
  UnknownExecution,
  WrongStatus,
} from '../../../src/core/execution-errors.ts'
import type {
  ExecutionEnd,
  ExecutionLease,
  ExecutionRecord,
  ExecutionStart,
  ExecutionStore,
  JournalEntry,
} from '../../../src/core/executions.ts'

type Line =
  | { readonly kind: 'start'; readonly start: ExecutionStart }
  | { readonly kind: 'entry'; readonly id: string; readonly entry: JournalEntry }
  | { readonly kind: 'end'; readonly id: string; readonly end: ExecutionEnd }
  | { readonly kind: 'reopen'; readonly id: string; readonly at: number }
  | { readonly kind: 'lease'; readonly id: string; readonly lease: ExecutionLease | undefined }

interface Kept {
  record: ExecutionRecord
  entries: JournalEntry[]
  requests: { stop: string }[]
}

/** Executions in memory, and in a file of lines when one is named: what a flush has answered is on the disk. */
export function openFileStore(file?: string): ExecutionStore {
  const kept = new Map<string, Kept>()
  let gathered: Line[] = []
  const lines = openLines(file, line => apply(line))

  function apply(line: Line): void {
    if (line.kind === 'start') {
      const record = { ...line.start, status: 'RUNNING' as const, redrives: 0, lease: undefined }
      kept.set(line.start.id, { record, entries: [], requests: [] })
      return
    }
    const one = of(line.id)
    if (line.kind === 'entry') one.entries.push(line.entry)
    if (line.kind === 'lease') one.record = { ...one.record, lease: line.lease }
    if (line.kind === 'end') one.record = { ...one.record, ...line.end, lease: undefined }
    if (line.kind === 'reopen') {
      const { output: _, error: _e, cause: _c, stoppedAt: _s, ...record } = one.record
      const deadline = line.at + (record.deadline - record.startedAt)
      one.record = { ...record, deadline, status: 'RUNNING', redrives: record.redrives + 1 }
    }
  }

  function of(id: string): Kept {
    const one = kept.get(id)
    if (one === undefined) throw new UnknownExecution(id)
    return one
  }

  function guard(id: string, fence: number): void {
    if (of(id).record.lease?.fence !== fence) throw new LeaseLost(id, fence)
  }

  let fences = Date.now()
  function lease(id: string, owner: string, until: number): ExecutionLease {
    const taken = { owner, until, fence: ++fences }
    put({ kind: 'lease', id, lease: taken })
    return taken
  }

  function put(...more: Line[]): void {
    const all = [...gathered, ...more]
    gathered = []
    for (const line of all) apply(line)
    lines.add(all)
  }

  return {
    start: async (start, owner, leaseMs) => {
      const known = kept.get(start.id)
      if (known === undefined) {
        put({ kind: 'start', start })
        const taken = lease(start.id, owner, start.startedAt + leaseMs)
        return { kind: 'started', record: of(start.id).record, lease: taken }
      }
      if (JSON.stringify(known.record.input) !== JSON.stringify(start.input))
        throw new ExecutionNameTaken(start, known.record.status)
      return { kind: 'known', record: known.record }
    },
    append: (id, fence, entries) => {
      guard(id, fence)
      gathered.push(...entries.map(entry => ({ kind: 'entry' as const, id, entry })))
    },
    flush: async (id, fence) => {
      await undefined
      guard(id, fence)
      if (gathered.length > 0) put()
    },
    finish: async (id, fence, end) => {
      guard(id, fence)
      put({ kind: 'end', id, end })
    },
    reopen: async (id, owner, leaseMs, at) => {
      const { status } = of(id).record
      if (status === 'RUNNING' || status === 'SUCCEEDED')
        throw new WrongStatus(id, status, 'a failed, timed out or aborted one is redriven')
      of(id).requests = []
      put({ kind: 'reopen', id, at })
      return lease(id, owner, at + leaseMs)
    },
    get: id => kept.get(id)?.record,
    find: name => [...kept.values()].find(({ record }) => record.name === name || record.id === name)?.record,
    list: ({ status }) =>
      [...kept.values()]
        .map(({ record }) => record)
        .filter(one => status === undefined || one.status === status),
    *journal(id, after = 0) {
      const { entries } = of(id)
      for (let at = after; at < entries.length; at++) yield { ...entries[at]!, position: at + 1 }
    },
    acquire: async (id, owner, leaseMs, now) => {
      const { record } = of(id)
      if (record.status !== 'RUNNING' || (record.lease !== undefined && record.lease.until > now))
        return undefined
      return lease(id, owner, now + leaseMs)
    },
    renew: async (id, fence, leaseMs, now) => {
      guard(id, fence)
      const { owner } = of(id).record.lease!
      const renewed = { owner, until: now + leaseMs, fence }
      put({ kind: 'lease', id, lease: renewed })
      return renewed
    },
    release: async (id, fence) => {
      guard(id, fence)
      put({ kind: 'lease', id, lease: undefined })
    },
    abandoned: now =>
      [...kept.values()]
        .map(({ record }) => record)
        .filter(
          ({ status, lease: held }) => status === 'RUNNING' && (held === undefined || held.until <= now),
        ),
    prune: async () => 0,
    request: async (id, request) => {
      const { status } = of(id).record
      if (status !== 'RUNNING') throw new WrongStatus(id, status, 'a running one is asked to stop')
      of(id).requests.push(request)
    },
    requests: id => of(id).requests,
    close: async () => {
      if (gathered.length > 0) put()
      lines.close()
    },
  }
}

/** Reads the lines that are there, cuts off a torn one, and answers how to add some, durably. */
function openLines(file: string | undefined, read: (line: Line) => void): Lines {
  if (file === undefined) return { add: () => {}, close: () => {} }
  const bytes = existsSync(file) ? readFileSync(file) : Buffer.alloc(0)
  const whole = bytes.subarray(0, bytes.lastIndexOf(10) + 1)
  for (const line of whole.toString().split('\n')) if (line !== '') read(JSON.parse(line) as Line)
  if (whole.length < bytes.length) truncateSync(file, whole.length)
  const handle = openSync(file, 'a', 0o600)
  return {
    add: lines => {
      writeSync(handle, lines.map(line => `${JSON.stringify(line)}\n`).join(''))
      fdatasyncSync(handle)
    },
    close: () => closeSync(handle),
  }
}

interface Lines {
  add(lines: readonly Line[]): void
  close(): void
}
