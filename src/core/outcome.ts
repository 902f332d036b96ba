import type { Host, Hosts } from './hosts.ts'

/**
 * Why a host failed.
 *
 * - `unreachable`: no connection; nothing was executed.
 * - `auth`: it refused our user or key; nothing was executed.
 * - `host-key`: it is not who it was before; nothing was executed.
 * - `timeout`: the deadline passed; the command was asked to end.
 * - `exit`: the command ran and its exit status says that it failed.
 * - `exception`: the operation itself threw while it worked on this host.
 * - `cancelled`: we were asked to stop before it finished.
 * - `busy`: somebody else is at work on the system; nothing was done.
 * - `refused`: what was asked for can't be done to this one, or not like this; nothing was done.
 * - `unknown`: the connection was lost in the middle; the command may have run or not.
 */
export type FailureCode = (typeof failureCodes)[number]

/** Every failure code. */
export const failureCodes = [
  'unreachable',
  'auth',
  'host-key',
  'timeout',
  'exit',
  'exception',
  'cancelled',
  'busy',
  'refused',
  'unknown',
] as const

/** What one host answered. `ms` is the time that it took, in milliseconds. */
export interface Success<T> {
  readonly host: string
  readonly value: T
  readonly ms: number
}

/** What went wrong on one host, and at which step of the pipeline. `detail` holds what a program may want. */
export interface Failure {
  readonly host: string
  readonly code: FailureCode
  readonly step: string
  readonly message: string
  readonly detail: unknown
  /** How it is reached, when that is more than its name: what `pick(failed)` acts on again. */
  readonly target?: Host | undefined
}

/** A host that a step left out on purpose, and why: neither a success nor a failure. */
export interface Left {
  readonly host: string
  readonly step: string
  readonly reason: string
}

/**
 * What a step did to a collection. `on` is what the next step acts on and narrows along the pipe; failures
 * accumulate. Every host that the first outcome of a pipe had is in `successful`, `failure` or `left`.
 */
export interface Outcome<On, T> {
  readonly on: On
  readonly successful: readonly Success<T>[]
  readonly failure: readonly Failure[]
  readonly left: readonly Left[]
}

/** What a step that acts on hosts accepts: the hosts themselves, or an earlier step's outcome. */
export type OnHosts = Hosts | Outcome<Hosts, unknown>

/** Whether a value is an outcome, by its shape. */
export function isOutcome(value: unknown): value is Outcome<unknown, unknown> {
  return (
    typeof value === 'object' &&
    value !== null &&
    'on' in value &&
    'successful' in value &&
    Array.isArray(value.successful) &&
    'failure' in value &&
    Array.isArray(value.failure) &&
    'left' in value &&
    Array.isArray(value.left)
  )
}
