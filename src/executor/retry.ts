import type { Retrier } from '../core/asl.ts'
import { ErrorName, type ErrorOutput } from './errors.ts'

/** Errors that a wildcard never matches, as AWS documents them. */
const terminal: ReadonlySet<string> = new Set([ErrorName.dataLimit, ErrorName.runtime])

/**
 * Whether a Retry or Catch that names these errors matches a failure. `States.ALL` matches all but
 * `States.DataLimitExceeded` and `States.Runtime`; `States.TaskFailed` also leaves out the timeouts;
 * `States.Timeout` includes a heartbeat that was missed. `States.Runtime` always ends the execution.
 */
export function matches(errorEquals: readonly string[], failure: ErrorOutput): boolean {
  const error = failure.error ?? ''
  if (error === ErrorName.runtime) return false
  return errorEquals.some(name => name === error || matchesWildcard(name, error))
}

function matchesWildcard(name: string, error: string): boolean {
  switch (name) {
    case ErrorName.all:
      return !terminal.has(error)
    case ErrorName.taskFailed:
      return !terminal.has(error) && error !== ErrorName.timeout && error !== ErrorName.heartbeatTimeout
    case ErrorName.timeout:
      return error === ErrorName.heartbeatTimeout
    default:
      return false
  }
}

/** The retries of one visit to a state: each retrier counts its own. */
export class Retries {
  readonly #retriers: readonly Retrier[]
  readonly #used: number[]

  constructor(retriers: readonly Retrier[], used: readonly number[] = []) {
    this.#retriers = retriers
    this.#used = retriers.map((_, index) => used[index] ?? 0)
  }

  /** Retries used so far, by retrier. */
  get used(): readonly number[] {
    return [...this.#used]
  }

  /** Milliseconds until the next attempt, or undefined when there is none. Only the first match counts. */
  next(failure: ErrorOutput, random: () => number): number | undefined {
    const index = this.#retriers.findIndex(retrier => matches(retrier.ErrorEquals, failure))
    const retrier = this.#retriers[index]
    if (retrier === undefined || this.#used[index]! >= (retrier.MaxAttempts ?? 3)) return undefined
    const seconds = delaySeconds(retrier, this.#used[index]!)
    this.#used[index]!++
    // Whole milliseconds, as times in a journal are.
    return Math.round(1000 * (retrier.JitterStrategy === 'FULL' ? seconds * random() : seconds))
  }
}

function delaySeconds(retrier: Retrier, retriesBefore: number): number {
  const grown = (retrier.IntervalSeconds ?? 1) * (retrier.BackoffRate ?? 2) ** retriesBefore
  return Math.min(grown, retrier.MaxDelaySeconds ?? Number.POSITIVE_INFINITY)
}
