import type { StateMachine } from './asl.ts'
import type { Json } from './json.ts'
import type { ExecutionEvent } from './runtime.ts'

/** AWS's words for how an execution stands. */
export const executionStatuses = ['RUNNING', 'SUCCEEDED', 'FAILED', 'TIMED_OUT', 'ABORTED'] as const

export type ExecutionStatus = (typeof executionStatuses)[number]

/** What an execution is started with. Times are milliseconds since the epoch. */
export interface ExecutionStart {
  /** Its ARN. */
  readonly id: string
  readonly name: string
  readonly flow: string
  /** The compiled flow's version, by which a changed flow is noticed. */
  readonly version: string
  readonly machine: StateMachine
  readonly input: Json
  readonly startedAt: number
  /** When it ends as TIMED_OUT, whoever executes it. */
  readonly deadline: number
  /** The execution that started this one, if one did. */
  readonly parent?: string | undefined
}

/** How an execution ended. */
export interface ExecutionEnd {
  readonly status: Exclude<ExecutionStatus, 'RUNNING'>
  readonly stoppedAt: number
  readonly output?: Json | undefined
  readonly error?: string | undefined
  readonly cause?: string | undefined
}

/** Who executes it, until when (milliseconds since the epoch). A later holder has a greater fence. */
export interface ExecutionLease {
  readonly owner: string
  readonly until: number
  readonly fence: number
}

/** Everything that is kept of an execution besides its events. */
export interface ExecutionRecord extends ExecutionStart, Partial<Omit<ExecutionEnd, 'status'>> {
  readonly status: ExecutionStatus
  readonly redrives: number
  readonly lease: ExecutionLease | undefined
}

/**
 * One event as it is journalled: the history's own, and beside it what going on after a crash needs to know.
 * `scope` tells the thread of states (`''` the machine, `/Ping[3]` the fourth iteration of Ping, `/Both{1}` the
 * second branch), `execution` the child of a Distributed Map that it belongs to.
 */
export interface JournalEntry {
  readonly event: ExecutionEvent
  readonly execution: string
  readonly scope: string
  readonly note?: Json | undefined
}

/** Which executions are listed, newest first. Times are milliseconds since the epoch. */
export interface ExecutionFilter {
  readonly flow?: string | undefined
  readonly status?: ExecutionStatus | undefined
  readonly since?: number | undefined
  readonly limit?: number | undefined
}

/** What starting answers: a new execution with its lease, or the one that already has this name and input. */
export type Started =
  | { readonly kind: 'started'; readonly record: ExecutionRecord; readonly lease: ExecutionLease }
  | { readonly kind: 'known'; readonly record: ExecutionRecord }

/**
 * Keeps executions and their journals. Writes are gathered; what a `flush` or any promise of this port has
 * answered survives the loss of power. Writing under a fence that is not the latest throws `LeaseLost`.
 */
export interface ExecutionStore {
  /** Idempotent by flow and name; another input under a name throws `ExecutionNameTaken`. */
  start(start: ExecutionStart, owner: string, leaseMs: number): Promise<Started>
  /** Gathers entries of an execution in their order; they are durable once a later `flush` has answered. */
  append(id: string, fence: number, entries: readonly JournalEntry[]): void
  flush(): Promise<void>
  finish(id: string, fence: number, end: ExecutionEnd): Promise<void>
  /** Makes a failed, timed out or aborted execution run again, as AWS's redrive does; answers the new lease. */
  reopen(id: string, owner: string, leaseMs: number, at: number): Promise<ExecutionLease>
  get(id: string): ExecutionRecord | undefined
  /** By name, or by the unambiguous beginning of one; throws `AmbiguousName`. */
  find(name: string): ExecutionRecord | undefined
  list(filter: ExecutionFilter): readonly ExecutionRecord[]
  /** The journal of an execution in its order, from the entry after `after` (a position from an earlier call). */
  journal(id: string, after?: number): Iterable<JournalEntry & { readonly position: number }>
  /** Takes the lease of a running execution that nobody holds, or whose holder let it expire. */
  acquire(id: string, owner: string, leaseMs: number, now: number): Promise<ExecutionLease | undefined>
  renew(id: string, fence: number, leaseMs: number, now: number): Promise<ExecutionLease>
  release(id: string, fence: number): Promise<void>
  /** Running executions without a lease that is still good. */
  abandoned(now: number): readonly ExecutionRecord[]
  /** Removes ended executions that stopped before this time, and answers how many. */
  prune(before: number): Promise<number>
  /** What somebody asked of a running execution from another process: to stop, with a reason. */
  request(id: string, request: { readonly stop: string }): Promise<void>
  requests(id: string): readonly { readonly stop: string }[]
  close(): Promise<void>
}
