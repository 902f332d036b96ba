import type { ExecutionStatus } from '../../core/executions.ts'

/** How something failed, in AWS's words; either may be missing where nobody said it. */
export interface Words {
  readonly error?: string | undefined
  readonly cause?: string | undefined
}

/** One try at a state. Times are milliseconds since the epoch, absent where the history does not say. */
export interface Attempt {
  readonly startedAt: number | undefined
  /** Present when it failed. */
  failure: Words | undefined
  /** Whether a Map or a Parallel said that all of it succeeded. */
  succeeded: boolean
  /** What it is spread over: the branches of a Parallel, the iterations or children of a Map. */
  readonly threads: Thread[]
  /** How many items a Map began with; 0 where its children are executions of their own. */
  readonly items: number | undefined
}

export type VisitStatus = 'running' | 'succeeded' | 'caught' | 'failed' | 'aborted'

/** One stay in a state, with all of its attempts. */
export interface Visit {
  readonly thread: Thread
  readonly name: string
  readonly type: string
  readonly enteredAt: number | undefined
  leftAt: number | undefined
  status: VisitStatus
  readonly attempts: Attempt[]
  /** Only where it was asked for, see `TimelineOptions`. */
  input: unknown
  output: unknown
}

/** A sequence of states: the execution's own, a branch, an iteration, or a child of a DISTRIBUTED Map. */
export interface Thread {
  readonly kind: 'execution' | 'branch' | 'iteration' | 'child'
  /** Counts from 0. */
  readonly index: number
  readonly parent: Visit | undefined
  readonly visits: Visit[]
  status: ExecutionStatus
  startedAt: number | undefined
  stoppedAt: number | undefined
  failure: Words | undefined
}

/** What a history tells, in the order in which it happened. */
export interface Timeline {
  readonly root: Thread
  readonly redrives: number
  readonly input: unknown
  readonly output: unknown
}

export function newAttempt(startedAt: number | undefined, failure?: Words, items?: number): Attempt {
  return { startedAt, failure, succeeded: false, threads: [], items }
}

export function newThread(kind: Thread['kind'], index: number, parent?: Visit): Thread {
  return {
    kind,
    index,
    parent,
    visits: [],
    status: 'RUNNING',
    startedAt: undefined,
    stoppedAt: undefined,
    failure: undefined,
  }
}

/** The state that a thread is in. */
export function openIn(thread: Thread): Visit | undefined {
  const last = thread.visits.at(-1)
  return last?.status === 'running' ? last : undefined
}

/** The threads of the attempt under way, or of the last one. */
export function threadsOf(visit: Visit): readonly Thread[] {
  return visit.attempts.at(-1)?.threads ?? []
}

/** The thread of this index, made when it is not there. */
export function threadIn(visit: Visit, kind: Thread['kind'], index: number): Thread {
  if (visit.attempts.length === 0) visit.attempts.push(newAttempt(visit.enteredAt))
  const { threads } = visit.attempts.at(-1)!
  // Indexes mostly come in order, so that the place of one is where it is looked for first.
  const known = threads[index]?.index === index ? threads[index] : threads.find(one => one.index === index)
  if (known !== undefined) return known
  const thread = newThread(kind, index, visit)
  threads.push(thread)
  return thread
}

/** Why a state failed: its own last words, or those of what it is spread over. */
export function failureIn(visit: Visit): Words | undefined {
  const own = visit.attempts.at(-1)?.failure
  if (own?.error !== undefined || own?.cause !== undefined) return own
  for (const thread of threadsOf(visit)) {
    if (thread.failure !== undefined) return thread.failure
    const last = thread.visits.at(-1)
    const inner = last?.status === 'failed' ? failureIn(last) : undefined
    if (inner !== undefined) return inner
  }
  return own
}
