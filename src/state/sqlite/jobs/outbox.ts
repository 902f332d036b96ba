import type { JobEnd, OutboxEntry } from '../../../core/jobs.ts'
import type { Json } from '../../../core/json.ts'
import type { Database } from '../database.ts'
import { unpackEnding } from './rows.ts'

/** Answers that wait for Step Functions. What writes is called inside a write. */
export interface Outbox {
  put(job: number, token: string, dueAt: number): void
  due(now: number, limit: number): OutboxEntry[]
  nextDue(): number | undefined
  waiting(): number
  sent(job: string, why: string | undefined): void
  postpone(job: string, dueAt: number): void
}

interface Row {
  readonly id: string
  readonly token: string
  readonly state: JobEnd['state']
  readonly ended_at: number
  readonly ending: string | null
  readonly output: string | null
  readonly attempts: number
  readonly due_at: number
}

export function openOutbox(database: Database): Outbox {
  const insert = database.prepare('INSERT INTO job_outbox (job, token, due_at) VALUES (?, ?, ?)')
  const due = database.prepare(
    `SELECT id, token, state, ended_at, ending, output, job_outbox.attempts, due_at
     FROM job_outbox JOIN jobs ON jobs.number = job_outbox.job JOIN job_data ON job_data.job = job_outbox.job
     WHERE due_at <= ? ORDER BY due_at, job_outbox.number LIMIT ?`,
  )
  const nextDue = database.prepare('SELECT min(due_at) AS next FROM job_outbox')
  const waiting = database.prepare('SELECT count(*) AS count FROM job_outbox')
  const remove = database.prepare(
    'DELETE FROM job_outbox WHERE job = (SELECT number FROM jobs WHERE id = ?) RETURNING job',
  )
  const explain = database.prepare('UPDATE jobs SET undelivered = ? WHERE number = ?')
  const postpone = database.prepare(
    `UPDATE job_outbox SET due_at = ?, attempts = attempts + 1
     WHERE job = (SELECT number FROM jobs WHERE id = ?)`,
  )
  return {
    put: (job, token, dueAt) => void insert.run(job, token, dueAt),
    due: (now, limit) => (due.all(now, limit) as unknown as Row[]).map(toEntry),
    nextDue: () => (nextDue.get() as { next: number | null }).next ?? undefined,
    waiting: () => (waiting.get() as { count: number }).count,
    sent(job, why) {
      const removed = remove.get(job) as { job: number } | undefined
      if (removed !== undefined && why !== undefined) explain.run(why, removed.job)
    },
    postpone: (job, dueAt) => void postpone.run(dueAt, job),
  }
}

function toEntry({ id, token, state, ended_at, ending, output, attempts, due_at }: Row): OutboxEntry {
  const how = output === null ? {} : { output: JSON.parse(output) as Json }
  const end = { state, endedAt: ended_at, ...unpackEnding(ending), ...how }
  return { job: id, token, end, attempts, dueAt: due_at }
}
