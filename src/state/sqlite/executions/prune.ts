import type { Database } from '../database.ts'
import type { Machines } from './machines.ts'

/** So many executions are removed in a transaction: what else wants to write doesn't wait for all of them. */
const sliceLength = 50

/** Removes what ended before a time, slice by slice, and answers how many executions that were. */
export function openPrune(database: Database, machines: Machines): (before: number) => Promise<number> {
  const remove = database.prepare(
    `DELETE FROM executions WHERE number IN
       (SELECT number FROM executions WHERE stopped_at < ? ORDER BY stopped_at LIMIT ${sliceLength})`,
  )
  return async before => {
    let removed = 0
    for (let slice = sliceLength; slice === sliceLength; removed += slice)
      slice = await database.write(() => Number(remove.run(before).changes))
    if (removed > 0) await database.write(() => machines.prune())
    return removed
  }
}
