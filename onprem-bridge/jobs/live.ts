import type { JobRecord, JobState } from '../../src/core/jobs.ts'
import type { Clock } from '../../src/core/ports.ts'
import type { Definition } from '../../src/core/step.ts'
import type { Peer } from '../../src/transports/zeromq/channel.ts'
import { aboutOf, type JobAbout } from './events.ts'
import type { ProgressLine } from './progress.ts'
import type { Waiting } from './queue.ts'
import type { JobStopped } from './stopped.ts'

/** A job that has not ended, as the desk knows it. Its request is not held: the store has it when its turn comes. */
export interface LiveJob extends Waiting {
  readonly about: JobAbout
  readonly definition: Definition
  readonly token: string | undefined
  readonly acceptedAt: number
  readonly deadline: number
  /** It was at work when the process before this one ended. */
  readonly again: boolean
  /** Who waits for its answer. */
  readonly listeners: Set<Peer>
  /** Whether it was written down; false when it could not be, and then it never was. */
  readonly accepted: Promise<boolean>
  settle(accepted: boolean): void
  /** Its record, where it has a place at work already and its beginning is written with its acceptance. */
  ahead: Promise<JobRecord | undefined> | undefined
  at: 'accepting' | 'queued' | 'running' | 'ending'
  startedAt: number | undefined
  /** Why it is to end before it has answered. */
  stopped: JobStopped | undefined
  readonly stopping: AbortController
  progress: ProgressLine | undefined
  /** Switches its deadline off. */
  readonly over: AbortController
}

export type JobFacts = Pick<
  JobRecord,
  'id' | 'submitter' | 'priority' | 'request' | 'acceptedAt' | 'deadline'
> & { readonly definition: Definition; readonly again?: boolean | undefined }

export function openLive(facts: JobFacts): LiveJob {
  const { id, submitter, priority, request, acceptedAt, deadline, definition, again = false } = facts
  const { promise, resolve } = Promise.withResolvers<boolean>()
  return {
    id,
    submitter,
    priority,
    bytes: Buffer.byteLength(JSON.stringify(request)),
    about: aboutOf(request),
    definition,
    token: request.token,
    acceptedAt,
    deadline,
    again,
    listeners: new Set(),
    accepted: promise,
    settle: resolve,
    ahead: undefined,
    at: 'accepting',
    startedAt: undefined,
    stopped: undefined,
    stopping: new AbortController(),
    progress: undefined,
    over: new AbortController(),
  }
}

/** How a live job stands, in the words of its record. */
export function stateOf({ at }: LiveJob): JobState {
  return at === 'accepting' || at === 'queued' ? 'queued' : 'running'
}

/** Rings when a job's time is over, unless it has ended: at once where it is over already. */
export function watchDeadline({ deadline, over }: LiveJob, clock: Clock, ring: () => void): void {
  const left = deadline - clock.now()
  if (left <= 0) {
    ring()
    return
  }
  clock.sleep(left, over.signal).then(
    () => {
      if (!over.signal.aborted) ring()
    },
    (error: unknown) => {
      // Anything else than having been switched off is a clock that does not work.
      if (!over.signal.aborted) throw error
    },
  )
}
