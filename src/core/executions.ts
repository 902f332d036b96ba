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

/** What a list shows: everything but the data, which may be large, and the machine. */
export type ExecutionSummary = Omit<ExecutionRecord, 'machine' | 'input' | 'output'>

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
 * Keeps executions and their journals. Writes are gathered; what any promise of this port has answered survives
 * the loss of power, and reading shows no more than that. When nothing can be written (the disk is full, say)
 * promises reject, gathered entries are kept, and the next `flush` tries again.
 *
 * A lease is held from `start`, `acquire` or `reopen` until `finish`, `release` or a later holder's `acquire`.
 * Writing under a fence that does not hold it is refused with `LeaseLost`. Its expiry alone takes nothing away.
 */
export interface ExecutionStore {
  /**
   * Idempotent by flow and name; another input under a name rejects with `ExecutionNameTaken`. Inputs are compared
   * as JSON, whatever the order of their keys. The lease runs from `startedAt`.
   */
  start(start: ExecutionStart, owner: string, leaseMs: number): Promise<Started>
  /**
   * Gathers entries of an execution in their order; they are durable once a later `flush` has answered. A lost
   * lease that is known of throws `LeaseLost` at once; otherwise the next `flush` rejects with it, and nothing
   * of these entries is kept.
   */
  append(id: string, fence: number, entries: readonly JournalEntry[]): void
  /** Answers when all that was appended of this execution before is durable. Calls of one turn share the cost. */
  flush(id: string, fence: number): Promise<void>
  /** Writes what is gathered and how it ended, and gives the lease back. */
  finish(id: string, fence: number, end: ExecutionEnd): Promise<void>
  /**
   * Makes a failed, timed out or aborted execution run again, as AWS's redrive does; answers the new lease. Its
   * deadline is as far from `at` as it was from its start, and earlier requests are forgotten. Rejects with
   * `UnknownExecution` or `WrongStatus`.
   */
  reopen(id: string, owner: string, leaseMs: number, at: number): Promise<ExecutionLease>
  get(id: string): ExecutionRecord | undefined
  /** By name, or by the unambiguous beginning of one; a whole name comes first. Throws `AmbiguousName`. */
  find(name: string): ExecutionRecord | undefined
  list(filter: ExecutionFilter): readonly ExecutionSummary[]
  /**
   * The journal of an execution in its order, from the entry after `after` (a position from an earlier call).
   * Positions count from 1. It is read bit by bit while it is iterated; an unknown execution has none.
   */
  journal(id: string, after?: number): Iterable<JournalEntry & { readonly position: number }>
  /** Takes the lease of a running execution that nobody holds, or whose holder let it expire. */
  acquire(id: string, owner: string, leaseMs: number, now: number): Promise<ExecutionLease | undefined>
  renew(id: string, fence: number, leaseMs: number, now: number): Promise<ExecutionLease>
  release(id: string, fence: number): Promise<void>
  /** Running executions without a lease that is still good, the longest running first. */
  abandoned(now: number): readonly ExecutionSummary[]
  /**
   * Removes executions that ended before this time, and those that nobody executes or ended although their own deadline
   * was before it; answers how many.
   */
  prune(before: number): Promise<number>
  /**
   * What somebody asked of a running execution from another process: to stop, with a reason. Rejects with
   * `UnknownExecution`, and with `WrongStatus` when it has ended.
   */
  request(id: string, request: ExecutionRequest): Promise<void>
  /** What was asked of it since it was started or reopened, in order. */
  requests(id: string): readonly ExecutionRequest[]
  /** Writes what is gathered and takes nothing more; what lies under the store is its opener's to close. */
  close(): Promise<void>
}

/** What may be asked of a running execution. */
export interface ExecutionRequest {
  readonly stop: string
}
