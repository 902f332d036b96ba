import type { StatementSync } from 'node:sqlite'
import { AmbiguousName } from '../../../core/execution-errors.ts'
import type { ExecutionFilter, ExecutionRecord, ExecutionSummary } from '../../../core/executions.ts'
import type { Database } from '../database.ts'
import type { Machines } from './machines.ts'
import { type RecordRow, type SummaryRow, summaryColumns, toRecord, toSummary } from './rows.ts'

/** So many candidates are named when a name may be any of them. */
const candidates = 5

/** What can be asked of the executions that are kept. */
export interface Queries {
  get(id: string): ExecutionRecord | undefined
  byName(flow: string, name: string): ExecutionRecord | undefined
  find(name: string): ExecutionRecord | undefined
  list(filter: ExecutionFilter): ExecutionSummary[]
  abandoned(now: number): ExecutionSummary[]
}

export function openQueries(database: Database, machines: Machines): Queries {
  const selectRecord = `SELECT ${summaryColumns}, machine, input, output
    FROM executions JOIN execution_data ON execution = number WHERE`
  const byId = database.prepare(`${selectRecord} id = ?`)
  const byName = database.prepare(`${selectRecord} flow = ? AND name = ?`)
  const named = database.prepare(`SELECT id FROM executions WHERE name = ? LIMIT ${candidates}`)
  // No text that begins with the prefix comes after it with the last of all characters.
  const beginning = database.prepare(
    `SELECT id FROM executions WHERE name > ?1 AND name < ?1 || char(0x10ffff) LIMIT ${candidates}`,
  )
  const abandoned = database.prepare(
    `SELECT ${summaryColumns} FROM executions
     WHERE status = 'RUNNING' AND (lease_until IS NULL OR lease_until <= ?) ORDER BY started_at, number`,
  )
  const lists = new Map<string, StatementSync>()

  const record = (row: unknown) => {
    const found = row as RecordRow | undefined
    return found && toRecord(found, machines.read(found.machine))
  }
  const summaries = (rows: unknown) => (rows as SummaryRow[]).map(toSummary)
  const prepareList = (where: string): StatementSync => {
    const known = lists.get(where)
    if (known !== undefined) return known
    const statement = database.prepare(
      `SELECT ${summaryColumns} FROM executions ${where} ORDER BY started_at DESC, number DESC LIMIT :limit`,
    )
    lists.set(where, statement)
    return statement
  }

  return {
    get: id => record(byId.get(id)),
    byName: (flow, name) => record(byName.get(flow, name)),
    find(name) {
      if (name === '') return undefined
      const whole = named.all(name)
      const found = whole.length > 0 ? whole : beginning.all(name)
      if (found.length > 1)
        throw new AmbiguousName(
          name,
          found.map(row => String(row.id)),
        )
      return record(byId.get(String(found[0]?.id)))
    },
    list({ flow, status, since, limit = -1 }) {
      const where = [
        flow !== undefined && 'flow = :flow',
        status !== undefined && 'status = :status',
        since !== undefined && 'started_at >= :since',
      ].filter(condition => condition !== false)
      const statement = prepareList(where.length > 0 ? `WHERE ${where.join(' AND ')}` : '')
      const named = {
        ...(flow !== undefined && { flow }),
        ...(status !== undefined && { status }),
        ...(since !== undefined && { since }),
        limit,
      }
      return summaries(statement.all(named))
    },
    abandoned: now => summaries(abandoned.all(now)),
  }
}
