import { ReopsError } from '../core/errors.ts'
import type { Json } from '../core/json.ts'

/** The names that AWS gives to what goes wrong outside of a handler. */
export const ErrorName = {
  all: 'States.ALL',
  taskFailed: 'States.TaskFailed',
  timeout: 'States.Timeout',
  heartbeatTimeout: 'States.HeartbeatTimeout',
  queryEvaluation: 'States.QueryEvaluationError',
  dataLimit: 'States.DataLimitExceeded',
  tolerance: 'States.ExceedToleratedFailureThreshold',
  noChoice: 'States.NoChoiceMatched',
  runtime: 'States.Runtime',
  itemReader: 'States.ItemReaderFailed',
  /** Ours: a task whose process ended before its answer was written down. */
  unknown: 'Unknown',
  resultWriter: 'States.ResultWriterFailed',
} as const

/** What a state failed with, in AWS's words: either part may be absent (a Fail state may say nothing). */
export interface ErrorOutput {
  readonly error?: string
  readonly cause?: string
}

/**
 * What a handler throws to fail its Task with a name that Retry and Catch match.
 *
 * @example
 * throw new TaskError('Host.Unreachable', 'big-iron does not answer')
 */
export class TaskError extends Error {
  override readonly name = 'TaskError'
  readonly error: string
  override readonly cause: string

  constructor(error: string, cause = '') {
    super(cause === '' ? error : `${error}: ${cause}`)
    this.error = error
    this.cause = cause
  }
}

/** A state's failure on its way to a Retry, a Catch or the end of the execution. */
export class StateFailure extends Error {
  override readonly name = 'StateFailure'
  readonly output: ErrorOutput
  /** When it happened, if that was before a crash; milliseconds since the epoch. */
  readonly at: number | undefined

  constructor(
    output: ErrorOutput,
    options: { readonly cause?: unknown; readonly at?: number | undefined } = {},
  ) {
    super(output.cause ?? output.error ?? 'failed', 'cause' in options ? { cause: options.cause } : undefined)
    this.output = output
    this.at = options.at
  }
}

/** An expression that AWS would answer with `States.QueryEvaluationError`; the state adds where it happened. */
export class EvaluationFailure extends Error {
  override readonly name = 'EvaluationFailure'
  readonly location: string | undefined
  /** AWS counts some failures as after the entry and most as before it; only the history shows it. */
  readonly afterEntry: boolean

  constructor(location: string | undefined, message: string, afterEntry = false) {
    super(message)
    this.location = location
    this.afterEntry = afterEntry
  }
}

/** One thing that is wrong with a machine. `state` is written as a path: `Loop/ItemProcessor/Ping`. */
export interface MachineProblem {
  readonly state: string
  readonly message: string
}

/** A machine that can't be executed, found before anything ran. Fix each of `problems` and start again. */
export class MachineError extends ReopsError {
  override readonly name = 'MachineError'
  readonly problems: readonly MachineProblem[]

  constructor(problems: readonly MachineProblem[]) {
    const lines = problems.map(({ state, message }) =>
      state === '' ? message : `state '${state}': ${message}`,
    )
    super(`The state machine cannot be executed: ${lines.join('; ')}`, { detail: { problems } })
    this.problems = problems
  }
}

/** An answer to a task token that nobody waits for: it was answered, it timed out, or it never was. */
export class TokenError extends ReopsError {
  override readonly name = 'TokenError'

  constructor(token: string) {
    super('No task waits for this token: it was answered already, its task ended, or it is not ours', {
      detail: { token },
    })
  }
}

/**
 * The failure that a thrown value stands for. A handler's own exception is told as Lambda tells it: its class
 * as the error, and its message as JSON in the cause. Stack traces stay out, since causes travel and are shown.
 */
export function failureOf(thrown: unknown): ErrorOutput {
  if (thrown instanceof TaskError) return { error: thrown.error, cause: thrown.cause }
  if (thrown instanceof Error) {
    return {
      error: thrown.name,
      cause: JSON.stringify({ errorType: thrown.name, errorMessage: thrown.message }),
    }
  }
  return { error: 'Error', cause: JSON.stringify({ errorType: 'Error', errorMessage: String(thrown) }) }
}

/** The failure of data that is more than a state may hold; `what` is the state, or the resource of a Task. */
export function dataLimitExceeded(what: string): StateFailure {
  return new StateFailure({
    error: ErrorName.dataLimit,
    cause: `The state/task '${what}' returned a result with a size exceeding the maximum number of bytes service limit.`,
  })
}

/** The failure of an execution whose history has room for its end only. Nothing catches it. */
export function historyFull(most: number): StateFailure {
  return new StateFailure({
    error: ErrorName.runtime,
    cause: `The execution reached the maximum number of history events (${most}).`,
  })
}

/** A failure as data: `$states.errorOutput`. */
export function errorOutputOf({ error, cause }: ErrorOutput): Json {
  return {
    ...(error === undefined ? {} : { Error: error }),
    ...(cause === undefined ? {} : { Cause: cause }),
  }
}
