import type { Database } from '../database.ts'

/**
 * The texts in which an execution or a job that is kept may name files of `since` before: all that came with it, since
 * whoever started it may have had it for long, and of executions that began before then what happened in them, too.
 * Executions that ended before `ended` are taken for forgotten.
 */
export function* textsOf(
  database: Database,
  { ended, since }: { readonly ended: number; readonly since: number },
): Generator<string> {
  const kept = '(stopped_at IS NULL OR stopped_at >= :ended)'
  const old = `SELECT number FROM executions WHERE started_at < :since AND ${kept}`
  const queries = [
    {
      sql: `SELECT input AS text FROM execution_data JOIN executions ON number = execution WHERE ${kept}`,
      params: { ended },
    },
    {
      sql: `SELECT output AS text FROM execution_data WHERE execution IN (${old})`,
      params: { ended, since },
    },
    { sql: `SELECT entry AS text FROM journal WHERE execution IN (${old})`, params: { ended, since } },
    { sql: 'SELECT request AS text FROM job_data', params: {} },
    { sql: 'SELECT output AS text FROM job_data', params: {} },
  ]
  for (const { sql, params } of queries)
    for (const { text } of database.prepare(sql).iterate(params)) if (text !== null) yield String(text)
}
