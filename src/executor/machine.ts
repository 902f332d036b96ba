import type { Json } from '../core/json.ts'
import { type Cancellation, Cancelled } from './cancellation.ts'
import { ErrorName, type ErrorOutput, StateFailure } from './errors.ts'
import { Frame } from './frame.ts'
import { runGraph } from './graph.ts'
import { told } from './history.ts'
import type { PreparedGraph } from './prepared.ts'
import type { Run } from './run.ts'

/** How an execution ended. `error` and `cause` are AWS's words, and either may be absent where nobody said it. */
export type ExecutionResult =
  | { readonly status: 'SUCCEEDED'; readonly output: Json }
  | ({ readonly status: 'FAILED' | 'TIMED_OUT' | 'ABORTED' } & ErrorOutput)

/** Runs a machine from its first state to its end, which it tells in the history and answers. */
export async function runMachine(
  run: Run,
  graph: PreparedGraph,
  cancellation: Cancellation,
): Promise<ExecutionResult> {
  const input = run.execution.Input
  run.history.tell('ExecutionStarted', '', 0, 'executionStarted', () => ({
    ...told('input', input),
    roleArn: run.execution.RoleArn,
  }))
  // AWS tells the first state as following nothing.
  const frame = new Frame({ run, kind: 'machine', scope: '', cancellation, last: 0 })
  try {
    const output = await runGraph(graph, input, frame)
    frame.tell('ExecutionSucceeded', 'executionSucceeded', () => told('output', output))
    return { status: 'SUCCEEDED', output }
  } catch (thrown) {
    return tellEnd(frame, thrown)
  }
}

function tellEnd(frame: Frame, thrown: unknown): ExecutionResult {
  if (thrown instanceof StateFailure) {
    frame.tell('ExecutionFailed', 'executionFailed', () => ({ ...thrown.output }))
    return { status: 'FAILED', ...thrown.output }
  }
  if (!(thrown instanceof Cancelled)) throw thrown
  if (thrown.why === 'timeout') {
    frame.tell('ExecutionTimedOut', 'executionTimedOut', () => ({ error: ErrorName.timeout }))
    return { status: 'TIMED_OUT', error: ErrorName.timeout }
  }
  frame.tell('ExecutionAborted', 'executionAborted', () => ({ cause: thrown.message }))
  return { status: 'ABORTED', cause: thrown.message }
}
