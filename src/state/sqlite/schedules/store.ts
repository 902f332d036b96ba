import { StoreClosed } from '../../../core/execution-errors.ts'
import type { Json } from '../../../core/json.ts'
import type {
  FiringCode,
  KeptFiring,
  KeptStart,
  ScheduleState,
  ScheduleStore,
} from '../../../core/schedule/kept.ts'
import type { Database } from '../database.ts'

/** So many firings are removed in a transaction. */
const sliceLength = 500

const columns = 'schedule, due, at, code, count, key, flow, input, carried, problem'

type Row = {
  readonly schedule: string
  readonly due: number
  readonly at: number
  readonly code: FiringCode
  readonly count: number
  readonly key: string | null
  readonly flow: string | null
  readonly input: string | null
  readonly carried: KeptStart['carried'] | null
  readonly problem: string | null
}

/**
 * Keeps what schedules have done in a database. A state and the firings that led to it are one transaction. Closing the store
 * leaves the database open, for other stores.
 *
 * @throws StoreClosed from every write after `close`
 */
export function openScheduleStore(database: Database): ScheduleStore {
  const select = `SELECT ${columns} FROM schedule_firings`
  const states = database.prepare('SELECT name, declared, after FROM schedules ORDER BY name')
  const saveState = database.prepare(
    `INSERT INTO schedules (name, declared, after) VALUES (?, ?, ?)
     ON CONFLICT (name) DO UPDATE SET declared = excluded.declared, after = excluded.after`,
  )
  // A clock that was set back comes to a time again that has its execution, which is not started a second time.
  const insert = database.prepare(
    `INSERT INTO schedule_firings (${columns})
     VALUES (:schedule, :due, :at, :code, :count, :key, :flow, :input, :carried, :problem) ON CONFLICT (key) DO NOTHING`,
  )
  const forget = database.prepare('DELETE FROM schedules WHERE name = ?')
  const settle = database.prepare('UPDATE schedule_firings SET carried = ?, problem = ? WHERE key = ?')
  const unsettled = database.prepare(`${select} WHERE carried = 'decided' ORDER BY number`)
  const list = database.prepare(
    `${select} WHERE (:schedule IS NULL OR schedule = :schedule) AND (:started = 0 OR key IS NOT NULL)
     ORDER BY number DESC LIMIT :limit`,
  )
  const removeOld = database.prepare(
    `DELETE FROM schedule_firings WHERE number IN (SELECT number FROM schedule_firings
       WHERE at < ? AND (carried IS NULL OR carried <> 'decided') LIMIT ${sliceLength})`,
  )
  let closed = false

  const write = async <T>(work: () => T): Promise<T> => {
    if (closed) throw new StoreClosed()
    return database.write(work)
  }

  return {
    states: () => database.read(() => states.all()) as unknown as readonly ScheduleState[],
    save({ name, declared, after }, firings = []) {
      const rows = firings.map(pack)
      return write(() => {
        saveState.run(name, declared, after)
        for (const row of rows) insert.run(row)
      })
    },
    forget: name => write(() => void forget.run(name)),
    settle: (key, { carried, problem }) => write(() => void settle.run(carried, problem ?? null, key)),
    unsettled: () => database.read(() => (unsettled.all() as unknown as Row[]).map(unpack)),
    firings: ({ schedule, started, limit }) =>
      database.read(() => {
        const filter = { schedule: schedule ?? null, started: started ? 1 : 0, limit: limit ?? -1 }
        return (list.all(filter) as unknown as Row[]).map(unpack)
      }),
    async prune(before) {
      let removed = 0
      for (let slice = sliceLength; slice === sliceLength; removed += slice)
        slice = Number((await write(() => removeOld.run(before))).changes)
      return removed
    },
    async close() {
      if (closed) return
      closed = true
      if (!database.idle) await database.write(() => {})
    },
  }
}

function pack({ schedule, due, at, code, count, start }: KeptFiring): Row {
  return {
    schedule,
    due,
    at,
    code,
    count,
    key: start?.key ?? null,
    flow: start?.flow ?? null,
    input: start === undefined ? null : JSON.stringify(start.input),
    carried: start?.carried ?? null,
    problem: start?.problem ?? null,
  }
}

function unpack({ schedule, due, at, code, count, key, flow, input, carried, problem }: Row): KeptFiring {
  const firing = { schedule, due, at, code, count }
  if (key === null) return firing
  const start = { key, flow: flow!, input: JSON.parse(input!) as Json, carried: carried! }
  return { ...firing, start: problem === null ? start : { ...start, problem } }
}
