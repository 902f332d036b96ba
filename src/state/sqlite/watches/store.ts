import { StoreClosed } from '../../../core/execution-errors.ts'
import { type SavedClock, type WatchStore, watchStateSchema } from '../../../core/watches/state.ts'
import type { Database } from '../database.ts'
import { type DecisionRow, decisionColumns, packDecision, unpackDecision } from './rows.ts'

/** So many decisions are removed in a transaction. */
const sliceLength = 500

/**
 * Keeps what watches remember and decide in a database. A state and the decision that led to it are one transaction. Closing
 * the store leaves the database open, for other stores.
 *
 * @throws StoreClosed from every write after `close`
 */
export function openWatchStore(database: Database): WatchStore {
  const state = database.prepare('SELECT state FROM watches WHERE name = ?')
  const saveState = database.prepare(
    'INSERT INTO watches (name, state) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET state = excluded.state',
  )
  const insert = database.prepare(
    `INSERT INTO watch_decisions (${decisionColumns})
     VALUES (:watch, :at, :code, :value, :why, :key, :kind, :input, :carried, :problem)`,
  )
  const settle = database.prepare('UPDATE watch_decisions SET carried = ?, problem = ? WHERE key = ?')
  const select = `SELECT ${decisionColumns} FROM watch_decisions`
  const unsettled = database.prepare(`${select} WHERE carried = 'decided' ORDER BY number`)
  const list = database.prepare(
    `${select} WHERE (:watch IS NULL OR watch = :watch) AND at >= :since
       AND (:acted = 0 OR key IS NOT NULL) ORDER BY number DESC LIMIT :limit`,
  )
  const readClock = database.prepare('SELECT steady, wall, monotonic, boot FROM watch_clock')
  const saveClock = database.prepare(
    `INSERT INTO watch_clock (only, steady, wall, monotonic, boot) VALUES (1, :steady, :wall, :monotonic, :boot)
     ON CONFLICT (only) DO UPDATE SET steady = :steady, wall = :wall, monotonic = :monotonic, boot = :boot`,
  )
  // What is not settled is still to be done, however old.
  const removable = "(carried IS NULL OR carried <> 'decided')"
  const names = database.prepare('SELECT DISTINCT watch FROM watch_decisions')
  const nth = database.prepare(
    'SELECT number FROM watch_decisions WHERE watch = ? ORDER BY number DESC LIMIT 1 OFFSET ?',
  )
  const removeOld = database.prepare(
    `DELETE FROM watch_decisions WHERE number IN
       (SELECT number FROM watch_decisions WHERE at < ? AND ${removable} LIMIT ${sliceLength})`,
  )
  const removeMany = database.prepare(
    `DELETE FROM watch_decisions WHERE number IN
       (SELECT number FROM watch_decisions WHERE watch = ? AND number <= ? AND ${removable} LIMIT ${sliceLength})`,
  )
  let closed = false

  const write = async <T>(work: () => T): Promise<T> => {
    if (closed) throw new StoreClosed()
    return database.write(work)
  }
  const inSlices = async (work: () => { readonly changes: number | bigint }): Promise<number> => {
    let removed = 0
    for (let slice = sliceLength; slice === sliceLength; removed += slice)
      slice = Number((await write(work)).changes)
    return removed
  }

  return {
    state(watch) {
      const row = database.read(() => state.get(watch)) as { readonly state: string } | undefined
      return row && watchStateSchema.parse(JSON.parse(row.state))
    },
    async save(watch, next, decision) {
      // What can't be JSON is found out before the write.
      const text = JSON.stringify(next)
      const row = decision === undefined ? undefined : packDecision(decision)
      return write(() => {
        saveState.run(watch, text)
        if (row !== undefined) insert.run(row)
      })
    },
    settle: (key, { carried, problem }) => write(() => void settle.run(carried, problem ?? null, key)),
    unsettled: () => database.read(() => (unsettled.all() as unknown as DecisionRow[]).map(unpackDecision)),
    decisions: ({ watch, since, acted, limit }) =>
      database.read(() => {
        const filter = {
          watch: watch ?? null,
          since: since ?? 0,
          acted: acted ? 1 : 0,
          limit: limit ?? -1,
        }
        return (list.all(filter) as unknown as DecisionRow[]).map(unpackDecision)
      }),
    clock: () => database.read(() => readClock.get() as SavedClock | undefined),
    saveClock: ({ steady, wall, monotonic, boot }) =>
      write(() => void saveClock.run({ steady, wall, monotonic, boot })),
    async prune(before, perWatch) {
      let removed = await inSlices(() => removeOld.run(before))
      for (const { watch } of database.read(() => names.all()) as { readonly watch: string }[]) {
        const last = database.read(() => nth.get(watch, perWatch)) as { readonly number: number } | undefined
        if (last !== undefined) removed += await inSlices(() => removeMany.run(watch, last.number))
      }
      return removed
    },
    async close() {
      if (closed) return
      closed = true
      if (!database.idle) await database.write(() => {})
    },
  }
}
