import { ReopsError } from './errors.ts'
import type { Json } from './json.ts'
import type { TaskRequest } from './task.ts'

/**
 * How a job stands. `unknown` is an end: its process ended in the middle of a change, and nobody can say how far it came.
 */
export const jobStates = ['queued', 'running', 'succeeded', 'failed', 'cancelled', 'unknown'] as const

export type JobState = (typeof jobStates)[number]

/** Who may go first: 0 is last and 9 first. */
export const usualPriority = 5

/** A job as it is submitted. Times are milliseconds since the epoch. */
export interface NewJob {
  readonly id: string
  /** The name of the key that submitted it first. */
  readonly submitter: string
  readonly request: TaskRequest
  readonly priority: number
  readonly acceptedAt: number
  /** When it ends as failed with `States.Timeout`, whoever is at it. */
  readonly deadline: number
}

/** How a job ended. An answer that is no outcome of the handler has `error` and `cause`, as Step Functions takes them. */
export interface JobEnd {
  readonly state: Exclude<JobState, 'queued' | 'running'>
  readonly endedAt: number
  readonly output?: Json | undefined
  readonly error?: string | undefined
  readonly cause?: string | undefined
}

export interface JobRecord extends NewJob, Partial<Omit<JobEnd, 'state'>> {
  readonly state: JobState
  readonly startedAt?: number | undefined
  /** How often it was begun: more than once only where its operation may be repeated. */
  readonly attempts: number
  /** What Step Functions said when it did not take the answer: it may have had it, or waited for it no more. */
  readonly undelivered?: string | undefined
}

/** What a list shows: everything but the data. */
export type JobSummary = Omit<JobRecord, 'request' | 'output'> & {
  readonly operation: string
  readonly flow: string
  readonly step: string
}

/** What was known of an id before. */
export type Accepted =
  | { readonly kind: 'accepted'; readonly record: JobRecord }
  | { readonly kind: 'known'; readonly record: JobRecord }

/** A job's answer that Step Functions does not have yet. */
export interface OutboxEntry {
  readonly job: string
  readonly token: string
  readonly end: JobEnd
  readonly attempts: number
  /** When it is to be sent, or sent again; milliseconds since the epoch. */
  readonly dueAt: number
}

/** The same id was submitted with another request. */
export class JobTaken extends ReopsError {
  override readonly name = 'JobTaken'
  override readonly slug = 'job-taken'
}

/** Says that an id stands for another request. */
export function jobTaken(id: string): JobTaken {
  return new JobTaken(
    `the bridge has a job ${JSON.stringify(id)} with another request: the same id is the same job, so submit what you want under an id of its own`,
    { detail: { job: id } },
  )
}

/** No job has this id, or none any more: what ended is forgotten after a while. */
export class UnknownJob extends ReopsError {
  override readonly name = 'UnknownJob'
  override readonly slug = 'unknown-job'

  constructor(id: string) {
    super(
      `the bridge has no job ${JSON.stringify(id)}: it was never accepted, or it ended long ago; submit it`,
      {
        detail: { job: id },
      },
    )
  }
}

/**
 * Keeps jobs. What any promise of this port has answered survives the loss of power. When nothing can be written (the disk
 * is full, say) promises reject and nothing was kept.
 */
export interface JobStore {
  /** Idempotent by id and request; rejects with `JobTaken` for another request under an id. */
  accept(job: NewJob): Promise<Accepted>
  /** From queued to running; answers `undefined` where it is not queued any more. */
  begin(id: string, at: number): Promise<JobRecord | undefined>
  /** From running back to queued, where the process that was at it is gone and its operation may be repeated. */
  requeue(id: string): Promise<void>
  /** Writes how it ended, and with a task token puts the answer into the outbox in the same transaction. Only the first end counts. */
  end(id: string, end: JobEnd): Promise<JobRecord>
  get(id: string): JobRecord | undefined
  /** Newest first. */
  list(filter: {
    readonly state?: JobState | undefined
    readonly since?: number | undefined
    readonly limit?: number | undefined
  }): readonly JobSummary[]
  /** Queued and running ones, in the order in which they were accepted. */
  unfinished(): readonly JobRecord[]
  counts(): Readonly<Record<JobState, number>>
  /** Answers that are due, the longest waiting first. */
  due(now: number, limit: number): readonly OutboxEntry[]
  /** When the next answer is due, if any waits. */
  nextDue(): number | undefined
  waiting(): number
  /** Step Functions has it, or will never take it: `why` is kept then. */
  sent(job: string, why?: string): Promise<void>
  /** It could not be sent. */
  postpone(job: string, dueAt: number): Promise<void>
  /** Forgets jobs that ended before this time and wait in no outbox; answers how many. */
  prune(before: number): Promise<number>
  close(): Promise<void>
}
