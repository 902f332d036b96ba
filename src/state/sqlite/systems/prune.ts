import type { Database } from '../database.ts'

/** So many histories are removed in a transaction: what else wants to write doesn't wait for all of them. */
const sliceLength = 50

/** Histories of systems that are no more, and whose last entry is from before a time. Of damaged entries nobody knows. */
const gone = `SELECT system FROM system_changes
  WHERE NOT EXISTS (SELECT 1 FROM systems WHERE id = system_changes.system)
  GROUP BY system HAVING max(CASE WHEN json_valid(entry) THEN json_extract(entry, '$.at') END) < :before`

/** How many systems `forgetGone` would forget. */
export function countGone(database: Database, before: number): number {
  return database.read(() =>
    Number(database.prepare(`SELECT count(*) AS count FROM (${gone})`).get({ before })?.count),
  )
}

/**
 * Forgets the histories of systems that were removed before a time, slice by slice, with what is left of their leases,
 * and answers of how many systems.
 */
export async function forgetGone(database: Database, before: number): Promise<number> {
  const find = database.prepare(`${gone} LIMIT ${sliceLength}`)
  const forget = database.prepare('DELETE FROM system_changes WHERE system = ?')
  const ungrant = database.prepare('DELETE FROM system_leases WHERE system = ? AND until < ?')
  let forgotten = 0
  for (let slice = sliceLength; slice === sliceLength; forgotten += slice)
    slice = await database.write(() => {
      const systems = find.all({ before }).map(row => String(row.system))
      for (const system of systems) {
        forget.run(system)
        ungrant.run(system, before)
      }
      return systems.length
    })
  return forgotten
}
