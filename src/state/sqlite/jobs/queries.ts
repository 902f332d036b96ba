import type { StatementSync } from 'node:sqlite'
import {
  type JobRecord,
  type JobState,
  type JobStore,
  type JobSummary,
  jobStates,
} from '../../../core/jobs.ts'
import type { Database } from '../database.ts'
import { type RecordRow, type SummaryRow, summaryColumns, toRecord, toSummary } from './rows.ts'

/** What can be asked of the jobs that are kept. */
export interface JobQueries {
  get(id: string): JobRecord | undefined
  list(filter: Parameters<JobStore['list']>[0]): JobSummary[]
  unfinished(): JobRecord[]
  counts(): Record<JobState, number>
}

export function openJobQueries(database: Database): JobQueries {
  const selectRecord = `SELECT ${summaryColumns}, request, output FROM jobs JOIN job_data ON job = number WHERE`
  const byId = database.prepare(`${selectRecord} id = ?`)
  const unfinished = database.prepare(`${selectRecord} state IN ('queued', 'running') ORDER BY number`)
  const counts = database.prepare('SELECT state, count(*) AS count FROM jobs GROUP BY state')
  const lists = new Map<string, StatementSync>()

  const prepareList = (where: string): StatementSync => {
    const known = lists.get(where)
    if (known !== undefined) return known
    const statement = database.prepare(
      `SELECT ${summaryColumns} FROM jobs ${where} ORDER BY number DESC LIMIT :limit`,
    )
    lists.set(where, statement)
    return statement
  }

  return {
    get(id) {
      const row = byId.get(id) as RecordRow | undefined
      return row && toRecord(row)
    },
    list({ state, since, limit = -1 }) {
      const where = [
        state !== undefined && 'state = :state',
        since !== undefined && 'accepted_at >= :since',
      ].filter(condition => condition !== false)
      const statement = prepareList(where.length > 0 ? `WHERE ${where.join(' AND ')}` : '')
      const named = {
        ...(state !== undefined && { state }),
        ...(since !== undefined && { since }),
        limit,
      }
      return (statement.all(named) as unknown as SummaryRow[]).map(toSummary)
    },
    unfinished: () => (unfinished.all() as unknown as RecordRow[]).map(toRecord),
    counts() {
      const none = Object.fromEntries(jobStates.map(state => [state, 0])) as Record<JobState, number>
      const found = counts.all() as unknown as { readonly state: JobState; readonly count: number }[]
      return Object.assign(none, Object.fromEntries(found.map(({ state, count }) => [state, count])))
    },
  }
}
