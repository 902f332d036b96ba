import type { Json } from '../core/json.ts'
import { type Cancellation, Cancelled } from './cancellation.ts'
import { ErrorName, type ErrorOutput, StateFailure } from './errors.ts'
import { Frame } from './frame.ts'
import { runGraph } from './graph.ts'
import { told } from './history.ts'
import { noteOf } from './journal.ts'
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
  const past = run.past?.machine
  // AWS tells the first state as following nothing.
  const frame = new Frame({ run, kind: 'machine', scope: '', cancellation, last: 0, past })
  if (past?.begun !== true) {
    const details = () => ({ ...told('input', input), roleArn: run.execution.RoleArn })
    frame.tellAside('ExecutionStarted', 'executionStarted', details, () => ({ seed: run.seed.text }))
  }
  if (past?.redriven === true) {
    const details = () => ({ redriveCount: run.execution.RedriveCount })
    run.history.tell('ExecutionRedriven', '', run.past?.lastId ?? 0, 'executionRedriven', details)
  }
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
  const { why, message } = thrown
  const note = () => noteOf(thrown)
  if (why === 'timeout') {
    frame.tell('ExecutionTimedOut', 'executionTimedOut', () => ({ error: ErrorName.timeout }), note)
    return { status: 'TIMED_OUT', error: ErrorName.timeout }
  }
  frame.tell('ExecutionAborted', 'executionAborted', () => ({ cause: message }), note)
  return { status: 'ABORTED', cause: message }
}
