import { StoreClosed } from '../../../core/execution-errors.ts'
import type { JobStore } from '../../../core/jobs.ts'
import type { Database } from '../database.ts'
import { openLives } from './lives.ts'
import { openOutbox } from './outbox.ts'
import { openJobQueries } from './queries.ts'

/** So many jobs are removed in a transaction: what else wants to write doesn't wait for all of them. */
const sliceLength = 200

/**
 * Keeps jobs in a database. What is written in one turn of the event loop shares a transaction and its wait for the disk.
 * Closing the store leaves the database open, for other stores. Rejects with the database's own errors, such as
 * `StorageFull`, besides those of the contract.
 *
 * @throws StoreClosed from every write after `close`
 *
 * @example
 * const store = openJobStore(openDatabase('.reops/reops.db'))
 * store.list({ state: 'running', limit: 10 })
 */
export function openJobStore(database: Database): JobStore {
  const queries = openJobQueries(database)
  const outbox = openOutbox(database)
  const lives = openLives(database, queries, outbox)
  // An answer that is on its way is never removed, however old.
  const remove = database.prepare(
    `DELETE FROM jobs WHERE number IN
       (SELECT number FROM jobs WHERE ended_at < ? AND number NOT IN (SELECT job FROM job_outbox)
        ORDER BY ended_at LIMIT ${sliceLength})`,
  )
  let closed = false

  const write = async <T>(work: () => T): Promise<T> => {
    if (closed) throw new StoreClosed()
    return database.write(work)
  }

  return {
    async accept(job) {
      const request = JSON.stringify(job.request)
      return write(() => lives.accept(job, request))
    },
    begin: (id, at) => write(() => lives.begin(id, at)),
    requeue: id => write(() => lives.requeue(id)),
    async end(id, end) {
      const output = end.output === undefined ? null : JSON.stringify(end.output)
      return write(() => lives.end(id, end, output))
    },
    get: id => database.read(() => queries.get(id)),
    list: filter => database.read(() => queries.list(filter)),
    unfinished: () => database.read(() => queries.unfinished()),
    counts: () => database.read(() => queries.counts()),
    due: (now, limit) => database.read(() => outbox.due(now, limit)),
    nextDue: () => database.read(() => outbox.nextDue()),
    waiting: () => database.read(() => outbox.waiting()),
    sent: (job, why) => write(() => outbox.sent(job, why)),
    postpone: (job, dueAt) => write(() => outbox.postpone(job, dueAt)),
    async prune(before) {
      let removed = 0
      for (let slice = sliceLength; slice === sliceLength; removed += slice)
        slice = await write(() => Number(remove.run(before).changes))
      return removed
    },
    async close() {
      if (closed) return
      closed = true
      if (!database.idle) await database.write(() => {})
    },
  }
}
