import { StoreClosed } from '../../../core/execution-errors.ts'
import type { Json } from '../../../core/json.ts'
import type { KeptReading, NewReading, ReadingStore, Series } from '../../../core/readings.ts'
import type { Database } from '../database.ts'
import { openPruning } from './prune.ts'

/**
 * Keeps readings in a database. A series is a stretch of one table, so that a time of it is read from one place; what is
 * written in one turn of the event loop shares a transaction. Closing the store leaves the database open, for other stores.
 *
 * @throws StoreClosed from every write after `close`
 *
 * @example
 * const store = openReadingStore(openDatabase('.reops/reops.db'))
 * store.range('closet/temperature', { from: Date.now() - 86_400_000, to: Date.now() })
 */
export function openReadingStore(database: Database): ReadingStore {
  const addSeries = database.prepare(
    `INSERT INTO reading_series (sensor, topic) VALUES (?, ?)
     ON CONFLICT (sensor, topic) DO UPDATE SET topic = excluded.topic RETURNING number`,
  )
  const insert = database.prepare(
    'INSERT OR IGNORE INTO readings (series, at, value, why) VALUES (?, ?, ?, ?)',
  )
  const replace = database.prepare('UPDATE readings SET value = ?, why = ? WHERE series = ? AND at = ?')
  const count = database.prepare('UPDATE reading_series SET count = count + 1 WHERE number = ?')
  const list = database.prepare(
    `SELECT sensor, topic, count, at, value, why FROM reading_series
     JOIN readings ON series = number AND at = (SELECT max(at) FROM readings WHERE series = number)
     WHERE :sensor IS NULL OR sensor = :sensor ORDER BY sensor, topic`,
  )
  const columns = `SELECT topic, at, value, why FROM reading_series JOIN readings ON series = number`
  const range = database.prepare(`${columns} WHERE sensor = ? AND at >= ? AND at < ? ORDER BY at, topic`)
  const ofTopic = database.prepare(
    `${columns} WHERE sensor = ? AND topic = ? AND at >= ? AND at < ? ORDER BY at`,
  )
  const means = database.prepare(
    `SELECT CAST((at - :from) * :parts / (:to - :from) AS INTEGER) AS part, avg(value) AS mean
     FROM readings WHERE series = (SELECT number FROM reading_series WHERE sensor = :sensor AND topic = :topic)
       AND at >= :from AND at < :to AND typeof(value) IN ('integer', 'real') GROUP BY part`,
  )
  const prune = openPruning(database)
  let closed = false

  const write = async <T>(work: () => T): Promise<T> => {
    if (closed) throw new StoreClosed()
    return database.write(work)
  }

  const add = ({ sensor, topic, at, why }: NewReading, value: number | string | null) => {
    const { number } = addSeries.get(sensor, topic) as { number: number }
    const told = value === null ? (why ?? 'unknown') : null
    if (insert.run(number, Math.trunc(at), value, told).changes > 0) count.run(number)
    else replace.run(value, told, number, Math.trunc(at))
  }

  return {
    async add(readings) {
      // What can't be JSON is found out before the write, in which it would take down what others write in the same turn.
      const packed = readings.map(reading => [reading, pack(reading.value)] as const)
      return write(() => {
        for (const [reading, value] of packed) add(reading, value)
      })
    },
    series: sensor =>
      database.read(() =>
        (list.all({ sensor: sensor ?? null }) as unknown as (Row & Omit<Series, 'last'>)[]).map(
          ({ sensor, topic, count, ...row }) => ({ sensor, topic, count, last: unpack(row) }),
        ),
      ),
    range: (sensor, { from, to, topic }) =>
      database.read(() => {
        const rows = topic === undefined ? range.all(sensor, from, to) : ofTopic.all(sensor, topic, from, to)
        return (rows as unknown as (Row & { readonly topic: string })[]).map(({ topic, ...row }) => ({
          topic,
          ...unpack(row),
        }))
      }),
    means: ({ sensor, topic }, { from, to, parts }) =>
      database.read(() => {
        const line: (number | undefined)[] = new Array(parts).fill(undefined)
        const rows = means.all({ sensor, topic, from, to, parts }) as { part: number; mean: number }[]
        for (const { part, mean } of rows) line[part] = mean
        return line
      }),
    prune: (now, retention) => prune(write, now, retention),
    async close() {
      if (closed) return
      closed = true
      if (!database.idle) await database.write(() => {})
    },
  }
}

interface Row {
  readonly at: number
  readonly value: number | string | null
  readonly why: string | null
}

/** A number as it is, anything else as JSON. */
function pack(value: Json | undefined): number | string | null {
  if (value === undefined) return null
  return typeof value === 'number' ? value : JSON.stringify(value)
}

function unpack({ at, value, why }: Row): KeptReading {
  if (value === null) return { at, why: why ?? 'unknown' }
  return { at, value: typeof value === 'number' ? value : (JSON.parse(value) as Json) }
}
