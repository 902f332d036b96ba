import { StoreClosed } from '../../../core/execution-errors.ts'
import type { ExecutionEnd, ExecutionStore } from '../../../core/executions.ts'
import type { Database } from '../database.ts'
import { openFences } from '../fences.ts'
import { openJournal } from './journal.ts'
import { openLeases } from './leases.ts'
import { openMachines } from './machines.ts'
import { openPrune } from './prune.ts'
import { openQueries } from './queries.ts'
import { openRequests } from './requests.ts'
import { packEnding } from './rows.ts'
import { openStarts } from './starts.ts'

/**
 * Keeps executions in a database, which several processes may have open. Closing the store leaves the database
 * open, for other stores.
 *
 * @throws StoreClosed from every write after `close`
 *
 * @example
 * const store = openExecutionStore(openDatabase('.reops/state.db'))
 * store.list({ status: 'FAILED', limit: 10 })
 */
export function openExecutionStore(database: Database): ExecutionStore {
  const machines = openMachines(database)
  const queries = openQueries(database, machines)
  const nextFence = openFences(database)
  const startNow = openStarts(database, { machines, queries, nextFence })
  const leases = openLeases(database, nextFence)
  const journal = openJournal(database)
  const requests = openRequests(database)
  const prune = openPrune(database, machines)
  const end = openEnd(database)
  let closed = false

  const write = async <T>(work: () => T): Promise<T> => {
    if (closed) throw new StoreClosed()
    return database.write(work)
  }

  return {
    start: (start, owner, leaseMs) => write(() => startNow(start, owner, leaseMs)),
    append(id, fence, entries) {
      if (closed) throw new StoreClosed()
      leases.refuseLost(id, fence)
      // As text at once: what the caller does to its objects afterwards changes nothing.
      const texts = entries.map(entry => JSON.stringify(entry))
      database.gather(() => journal.append(leases.held(id, fence), texts))
    },
    async flush(id, fence) {
      if (closed) throw new StoreClosed()
      leases.refuseLost(id, fence)
      if (!database.idle) await write(() => leases.refuseLost(id, fence))
    },
    finish: (id, fence, how) => write(() => end(leases.held(id, fence), how)),
    reopen: (id, owner, leaseMs, at) => write(() => leases.reopen(id, owner, at + leaseMs, at)),
    get: id => database.read(() => queries.get(id)),
    find: name => database.read(() => queries.find(name)),
    list: filter => database.read(() => queries.list(filter)),
    journal: journal.read,
    acquire: (id, owner, leaseMs, now) => write(() => leases.acquire(id, owner, now + leaseMs, now)),
    renew: (id, fence, leaseMs, now) => write(() => leases.renew(id, fence, now + leaseMs)),
    release: (id, fence) => write(() => leases.release(id, fence)),
    abandoned: now => database.read(() => queries.abandoned(now)),
    async prune(before) {
      if (closed) throw new StoreClosed()
      return prune(before)
    },
    request: (id, request) => write(() => requests.add(id, request)),
    requests: id => database.read(() => requests.of(id)),
    async close() {
      if (closed) return
      closed = true
      if (!database.idle) await database.write(() => {})
    },
  }
}

/** Ends an execution inside a write. */
function openEnd(database: Database): (execution: number, how: ExecutionEnd) => void {
  const update = database.prepare(
    `UPDATE executions SET status = ?, stopped_at = ?, ending = ?, owner = NULL, lease_until = NULL
     WHERE number = ?`,
  )
  const setOutput = database.prepare('UPDATE execution_data SET output = ? WHERE execution = ?')
  return (execution, how) => {
    update.run(how.status, how.stoppedAt, packEnding(how), execution)
    if (how.output !== undefined) setOutput.run(JSON.stringify(how.output), execution)
  }
}
