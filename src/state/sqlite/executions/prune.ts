import type { Database } from '../database.ts'
import type { Machines } from './machines.ts'

/** So many executions are removed in a transaction: what else wants to write doesn't wait for all of them. */
const sliceLength = 50

/** What is forgotten: those that ended before a time, and those that nobody ends although their time was over by then. */
const forgettable = [
  'stopped_at < :before',
  `status = 'RUNNING' AND deadline < :before AND (lease_until IS NULL OR lease_until < :before)`,
]

/** Removes what was over before a time, slice by slice, and answers how many executions that were. */
export function openPrune(database: Database, machines: Machines): (before: number) => Promise<number> {
  const removals = forgettable.map(where =>
    database.prepare(
      `DELETE FROM executions WHERE number IN
         (SELECT number FROM executions WHERE ${where} ORDER BY stopped_at LIMIT ${sliceLength})`,
    ),
  )
  return async before => {
    let removed = 0
    for (const remove of removals)
      for (let slice = sliceLength; slice === sliceLength; removed += slice)
        slice = await database.write(() => Number(remove.run({ before }).changes))
    if (removed > 0) await database.write(() => machines.prune())
    return removed
  }
}

/** How many executions pruning would remove. */
export function countForgettable(database: Database, before: number): number {
  return database.read(() =>
    forgettable
      .map(where => database.prepare(`SELECT count(*) AS count FROM executions WHERE ${where}`))
      .reduce((sum, count) => sum + Number(count.get({ before })?.count), 0),
  )
}
