import type { Retention } from '../../../core/readings.ts'
import type { Database } from '../database.ts'

/** So many readings are removed in a transaction: what else wants to write doesn't wait for all of them. */
const sliceLength = 5_000

type Write = <T>(work: () => T) => Promise<T>

/** Removes what is too old, and the oldest of what is too much. A series of which nothing is left goes, too. */
export function openPruning(database: Database) {
  const all = database.prepare('SELECT number, count FROM reading_series')
  const nth = database.prepare('SELECT at FROM readings WHERE series = ? ORDER BY at DESC LIMIT 1 OFFSET ?')
  const remove = database.prepare(
    `DELETE FROM readings WHERE series = :series AND at IN
       (SELECT at FROM readings WHERE series = :series AND at < :before ORDER BY at LIMIT ${sliceLength})`,
  )
  const discount = database.prepare('UPDATE reading_series SET count = count - ? WHERE number = ?')
  const forget = database.prepare('DELETE FROM reading_series WHERE number = ? AND count = 0')

  return async (write: Write, now: number, { age, perSeries, total }: Retention): Promise<number> => {
    const series = database.read(() => all.all()) as { readonly number: number; readonly count: number }[]
    const most = Math.min(
      perSeries,
      share(
        series.map(({ count }) => count),
        total,
      ),
    )
    let removed = 0
    for (const { number } of series) {
      const oldest = database.read(() => nth.get(number, Math.max(0, most - 1))) as { at: number } | undefined
      const before = Math.max(now - age, most === 0 ? Number.MAX_SAFE_INTEGER : (oldest?.at ?? -Infinity))
      for (let slice = sliceLength; slice === sliceLength; removed += slice)
        slice = await write(() => {
          const changes = Number(remove.run({ series: number, before }).changes)
          discount.run(changes, number)
          forget.run(number)
          return changes
        })
    }
    return removed
  }
}

/** The most that each may have so that all have no more than `total`: those that have less give the rest to the others. */
function share(counts: readonly number[], total: number): number {
  const ascending = [...counts].sort((a, b) => a - b)
  let left = total
  for (const [index, count] of ascending.entries()) {
    const fair = Math.floor(left / (ascending.length - index))
    if (count > fair) return fair
    left -= count
  }
  return Number.MAX_SAFE_INTEGER
}
