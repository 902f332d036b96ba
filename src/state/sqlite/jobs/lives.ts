import {
  type Accepted,
  type JobEnd,
  type JobRecord,
  jobTaken,
  type NewJob,
  UnknownJob,
} from '../../../core/jobs.ts'
import { identityOf } from '../../../core/task.ts'
import { sameJson } from '../../same-json.ts'
import type { Database } from '../database.ts'
import type { Outbox } from './outbox.ts'
import type { JobQueries } from './queries.ts'
import { packEnding } from './rows.ts'

/**
 * What becomes of jobs, each inside a write. Data comes as text besides: what can't be written as JSON is found out before
 * the write, in which it would take down what others write in the same turn.
 */
export interface Lives {
  accept(job: NewJob, request: string): Accepted
  begin(id: string, at: number): JobRecord | undefined
  requeue(id: string): void
  end(id: string, end: JobEnd, output: string | null): JobRecord
}

export function openLives(database: Database, queries: JobQueries, outbox: Outbox): Lives {
  const insert = database.prepare(
    `INSERT INTO jobs (id, submitter, operation, flow, step, priority, state, accepted_at, deadline)
     VALUES (:id, :submitter, :operation, :flow, :step, :priority, 'queued', :acceptedAt, :deadline)`,
  )
  const insertData = database.prepare('INSERT INTO job_data (job, request) VALUES (?, ?)')
  const begin = database.prepare(
    `UPDATE jobs SET state = 'running', started_at = ?, attempts = attempts + 1
     WHERE id = ? AND state = 'queued'`,
  )
  const requeue = database.prepare(
    "UPDATE jobs SET state = 'queued', started_at = NULL WHERE id = ? AND state = 'running'",
  )
  const end = database.prepare(
    `UPDATE jobs SET state = ?, ended_at = ?, ending = ?
     WHERE id = ? AND state IN ('queued', 'running') RETURNING number`,
  )
  const setOutput = database.prepare('UPDATE job_data SET output = ? WHERE job = ?')
  const known = (id: string): JobRecord => {
    const record = queries.get(id)
    if (record === undefined) throw new UnknownJob(id)
    return record
  }

  return {
    accept(job, text) {
      const there = queries.get(job.id)
      if (there !== undefined) {
        if (sameJson(identityOf(there.request), identityOf(job.request)))
          return { kind: 'known', record: there }
        throw jobTaken(job.id)
      }
      const { id, submitter, request, priority, acceptedAt, deadline } = job
      const { operation, flow, step } = request
      const row = { id, submitter, operation, flow, step, priority, acceptedAt, deadline }
      insertData.run(insert.run(row).lastInsertRowid, text)
      return { kind: 'accepted', record: { ...job, state: 'queued', attempts: 0 } }
    },
    begin: (id, at) => (begin.run(at, id).changes === 0 ? undefined : queries.get(id)),
    requeue: id => void requeue.run(id),
    end(id, how, output) {
      const found = end.get(how.state, how.endedAt, packEnding(how), id) as { number: number } | undefined
      if (found === undefined) return known(id)
      if (output !== null) setOutput.run(output, found.number)
      const record = known(id)
      const { token } = record.request
      if (token !== undefined) outbox.put(found.number, token, how.endedAt)
      return record
    },
  }
}
