import { type ExecutionStatus, executionStatuses } from '../../core/executions.ts'
import { outcomesIn, someFailed, summarize } from '../../operations/output/format/index.ts'
import type { Tone } from '../../operations/output/format/painted-table.ts'
import { UsageError } from '../usage-error.ts'

/** AWS's word as we print it: `timed-out`. */
export function statusWord(status: ExecutionStatus): string {
  return status.toLowerCase().replace('_', '-')
}

export const statusTones: Readonly<Record<ExecutionStatus, Tone>> = {
  RUNNING: 'cyan',
  SUCCEEDED: 'green',
  FAILED: 'red',
  TIMED_OUT: 'red',
  ABORTED: 'yellow',
}

/** Reads a status as we print it or as AWS does. Throws `UsageError`. */
export function parseStatus(text: string): ExecutionStatus {
  const word = text.toUpperCase().replace(/[- ]/g, '_')
  const status = executionStatuses.find(one => one === word)
  if (status !== undefined) return status
  throw new UsageError(
    `--status is ${JSON.stringify(text)}; it takes ${executionStatuses.map(statusWord).join(', ')}`,
  )
}

/** The exit status that an execution which ended like this gives: 0 when it succeeded and no host failed. */
export function exitStatus(status: ExecutionStatus, output: unknown): number {
  return status === 'SUCCEEDED' && !someFailed(summarize(outcomesIn(output))) ? 0 : 1
}
