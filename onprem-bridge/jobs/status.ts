import type { JobState, JobStore } from '../../src/core/jobs.ts'
import type { JobDesk } from './desk.ts'
import type { KeptData } from './kept-data.ts'
import type { Limits } from './limits.ts'
import { type LiveJob, stateOf } from './live.ts'
import type { OutboxStatus } from './outbox.ts'
import type { JobReception } from './reception.ts'

/** How the job desk stands, as plain data. Times are milliseconds, those that end in `At` since the epoch. */
export interface JobsStatus {
  readonly at: number
  /** New jobs are turned away: the bridge is about to end. */
  readonly draining: boolean
  /** Jobs of the journal by their states; ended ones are forgotten after a while. */
  readonly jobs: Readonly<Record<JobState, number>>
  readonly limits: Pick<Limits, 'running' | 'waiting' | 'waitingEach'>
  readonly waitingBytes: number
  /** How long the oldest has waited, and the longest at work has worked. */
  readonly oldest: { readonly queuedMs?: number; readonly runningMs?: number }
  /** Who has jobs that have not ended, those with the most first. */
  readonly submitters: readonly { readonly name: string; readonly queued: number; readonly running: number }[]
  /** Some of those at work, the longest first. */
  readonly running: readonly {
    readonly id: string
    readonly submitter: string
    readonly operation: string
    readonly flow: string
    readonly step: string
    readonly startedAt: number
  }[]
  /** Absent on a bridge that is not connected to Step Functions. */
  readonly outbox?: ({ readonly waiting: number } & OutboxStatus) | undefined
  readonly sessions: number
  /** Messages that were none. */
  readonly garbage: number
  /** Handlers that went on after they were told to stop. */
  readonly strays: number
  readonly progressDropped: number
  readonly uploads: { readonly count: number; readonly bytes: number }
}

export interface StatusParts {
  readonly now: number
  readonly store: JobStore
  readonly desk: JobDesk
  readonly data: KeptData
  readonly reception: JobReception
  readonly limits: Limits
  readonly outbox: OutboxStatus | undefined
}

/** A message takes so many of each and stays small. */
const most = 100

export function statusOf({ now, store, desk, data, reception, limits, outbox }: StatusParts): JobsStatus {
  const live = [...desk.live.values()]
  const queued = live.filter(job => stateOf(job) === 'queued')
  const running = live.filter(job => stateOf(job) === 'running')
  const startedAt = (job: LiveJob) => job.startedAt ?? now
  const longest = running.toSorted((a, b) => startedAt(a) - startedAt(b))
  const oldest = queued.reduce((first, { acceptedAt }) => Math.min(first, acceptedAt), now)
  return {
    at: now,
    draining: desk.held,
    jobs: store.counts(),
    limits: { running: limits.running, waiting: limits.waiting, waitingEach: limits.waitingEach },
    waitingBytes: desk.queue.bytes,
    oldest: {
      ...(queued.length > 0 && { queuedMs: now - oldest }),
      ...(longest[0] && { runningMs: now - startedAt(longest[0]) }),
    },
    submitters: submittersOf(live),
    running: longest.slice(0, most).map(job => {
      const { operation, flow, step } = job.about
      return { id: job.id, submitter: job.submitter, operation, flow, step, startedAt: startedAt(job) }
    }),
    ...(outbox && { outbox: { waiting: store.waiting(), ...outbox } }),
    sessions: reception.peers,
    garbage: reception.garbage,
    strays: desk.counts.strays,
    progressDropped: desk.counts.progressDropped,
    uploads: { count: data.uploads.count, bytes: data.uploads.bytes },
  }
}

function submittersOf(live: readonly LiveJob[]): JobsStatus['submitters'] {
  const each = Map.groupBy(live, ({ submitter }) => submitter)
  const counted = [...each].map(([name, jobs]) => {
    const queued = jobs.filter(job => stateOf(job) === 'queued').length
    return { name, queued, running: jobs.length - queued }
  })
  return counted.sort((a, b) => b.queued + b.running - (a.queued + a.running)).slice(0, most)
}
