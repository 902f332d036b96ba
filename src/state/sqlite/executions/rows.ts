import type { StateMachine } from '../../../core/asl.ts'
import type {
  ExecutionEnd,
  ExecutionLease,
  ExecutionRecord,
  ExecutionStatus,
  ExecutionSummary,
} from '../../../core/executions.ts'
import type { Json } from '../../../core/json.ts'

/** What a summary is made of, as columns. */
export const summaryColumns =
  'id, name, flow, version, status, started_at, deadline, stopped_at, redrives, fence, owner, lease_until, parent, ending'

export interface SummaryRow {
  readonly id: string
  readonly name: string
  readonly flow: string
  readonly version: string
  readonly status: ExecutionStatus
  readonly started_at: number
  readonly deadline: number
  readonly stopped_at: number | null
  readonly redrives: number
  readonly fence: number
  readonly owner: string | null
  readonly lease_until: number | null
  readonly parent: string | null
  readonly ending: string | null
}

/** A row with its data, as `recordColumns` names them. */
export interface RecordRow extends SummaryRow {
  readonly machine: string
  readonly input: string
  readonly output: string | null
}

/** The error and cause of an end as one text: they may hold anything that a remote command printed. */
export function packEnding({ error, cause }: Pick<ExecutionEnd, 'error' | 'cause'>): string | null {
  return error === undefined && cause === undefined ? null : JSON.stringify({ error, cause })
}

export function toSummary(row: SummaryRow): ExecutionSummary {
  return {
    id: row.id,
    name: row.name,
    flow: row.flow,
    version: row.version,
    status: row.status,
    startedAt: row.started_at,
    deadline: row.deadline,
    redrives: row.redrives,
    lease: toLease(row),
    ...(row.parent !== null && { parent: row.parent }),
    ...(row.stopped_at !== null && { stoppedAt: row.stopped_at }),
    ...(row.ending !== null && (JSON.parse(row.ending) as Pick<ExecutionEnd, 'error' | 'cause'>)),
  }
}

export function toRecord(row: RecordRow, machine: StateMachine): ExecutionRecord {
  return {
    ...toSummary(row),
    machine,
    input: JSON.parse(row.input) as Json,
    ...(row.output !== null && { output: JSON.parse(row.output) as Json }),
  }
}

function toLease({ owner, lease_until: until, fence }: SummaryRow): ExecutionLease | undefined {
  return owner === null || until === null ? undefined : { owner, until, fence }
}
