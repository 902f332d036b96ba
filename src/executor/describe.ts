import type { Json } from '../core/json.ts'
import type { ExecutionResult } from './machine.ts'

/** An execution that has ended. Times are milliseconds since the epoch. */
export interface Ended {
  readonly id: string
  readonly name: string
  readonly stateMachineArn: string
  readonly input: Json
  readonly startedAt: number
  readonly stoppedAt: number
  readonly result: ExecutionResult
}

/** How a description is written: its data as JSON text or as values, its times as numbers or ISO 8601. */
export interface Form {
  readonly data: 'text' | 'value'
  readonly times: 'millis' | 'iso'
}

/**
 * An execution as DescribeExecution answers it within a machine: keys in the order of the alphabet, as AWS has
 * them, and only those that there is something to say of.
 */
export function describe(ended: Ended, { data, times }: Form): Readonly<Record<string, Json>> {
  const { result } = ended
  const payload = (value: Json): Json => (data === 'text' ? JSON.stringify(value) : value)
  const date = (time: number): Json => (times === 'iso' ? new Date(time).toISOString() : time)
  const succeeded = result.status === 'SUCCEEDED'
  return {
    ...(succeeded || result.status === 'TIMED_OUT' ? {} : failureOf(result)),
    ExecutionArn: ended.id,
    Input: payload(ended.input),
    InputDetails: { Included: true },
    Name: ended.name,
    ...(succeeded ? { Output: payload(result.output), OutputDetails: { Included: true } } : {}),
    RedriveCount: 0,
    RedriveStatus: succeeded ? 'NOT_REDRIVABLE' : 'REDRIVABLE',
    ...(succeeded ? { RedriveStatusReason: 'Execution is SUCCEEDED and cannot be redriven' } : {}),
    StartDate: date(ended.startedAt),
    StateMachineArn: ended.stateMachineArn,
    Status: result.status,
    StopDate: date(ended.stoppedAt),
  }
}

function failureOf({ error, cause }: { readonly error?: string; readonly cause?: string }): {
  Cause?: string
  Error?: string
} {
  return {
    ...(cause === undefined ? {} : { Cause: cause }),
    ...(error === undefined ? {} : { Error: error }),
  }
}
