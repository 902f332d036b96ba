import type { JobEnd, JobRecord, JobState, JobSummary } from '../../../core/jobs.ts'
import type { Json } from '../../../core/json.ts'
import type { TaskRequest } from '../../../core/task.ts'

/** What a summary is made of, as columns. */
export const summaryColumns =
  'id, submitter, operation, flow, step, priority, state, accepted_at, deadline, started_at, ended_at, attempts, ending, undelivered'

export interface SummaryRow {
  readonly id: string
  readonly submitter: string
  readonly operation: string
  readonly flow: string
  readonly step: string
  readonly priority: number
  readonly state: JobState
  readonly accepted_at: number
  readonly deadline: number
  readonly started_at: number | null
  readonly ended_at: number | null
  readonly attempts: number
  readonly ending: string | null
  readonly undelivered: string | null
}

/** A row with its data. */
export interface RecordRow extends SummaryRow {
  readonly request: string
  readonly output: string | null
}

type Ending = Pick<JobEnd, 'error' | 'cause'>

/** The error and cause of an end as one text: they may hold anything that a remote command printed. */
export function packEnding({ error, cause }: Ending): string | null {
  return error === undefined && cause === undefined ? null : JSON.stringify({ error, cause })
}

export function unpackEnding(ending: string | null): Ending {
  return ending === null ? {} : (JSON.parse(ending) as Ending)
}

export function toSummary(row: SummaryRow): JobSummary {
  const { operation, flow, step } = row
  return { ...common(row), operation, flow, step }
}

export function toRecord(row: RecordRow): JobRecord {
  return {
    ...common(row),
    request: JSON.parse(row.request) as TaskRequest,
    ...(row.output !== null && { output: JSON.parse(row.output) as Json }),
  }
}

function common(row: SummaryRow): Omit<JobRecord, 'request' | 'output'> {
  return {
    id: row.id,
    submitter: row.submitter,
    priority: row.priority,
    state: row.state,
    acceptedAt: row.accepted_at,
    deadline: row.deadline,
    attempts: row.attempts,
    ...(row.started_at !== null && { startedAt: row.started_at }),
    ...(row.ended_at !== null && { endedAt: row.ended_at }),
    ...unpackEnding(row.ending),
    ...(row.undelivered !== null && { undelivered: row.undelivered }),
  }
}
