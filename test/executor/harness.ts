import type { State, StateMachine } from '../../src/core/asl.ts'
import type { Json } from '../../src/core/json.ts'
import {
  type ExecuteOptions,
  type Execution,
  type ExecutionResult,
  execute,
  type HistoryEvent,
  type InvokeCall,
} from '../../src/executor/index.ts'
import { fakeClock } from './fake-clock.ts'

/** A machine of these states, which starts at the first. */
export function machine(states: Readonly<Record<string, object>>): StateMachine {
  return {
    QueryLanguage: 'JSONata',
    StartAt: Object.keys(states)[0]!,
    States: states as Readonly<Record<string, State>>,
  }
}

export const lambda = 'arn:aws:states:::lambda:invoke'

/** A Task that passes its input to the handler, unless told otherwise. */
export function task(more: object = {}): object {
  return { Type: 'Task', Resource: lambda, End: true, ...more }
}

export interface Observed {
  readonly execution: Execution
  readonly events: HistoryEvent[]
  readonly calls: InvokeCall[]
  /** The types of the events, in order. */
  readonly types: () => string[]
}

/** Starts states on a clock of its own, whose time costs none. */
export function start(
  states: Readonly<Record<string, object>>,
  options: Partial<ExecuteOptions> = {},
): Observed {
  const events: HistoryEvent[] = []
  const calls: InvokeCall[] = []
  const { invoke = () => null } = options
  const execution = execute({
    machine: machine(states),
    input: {},
    clock: fakeClock(),
    ...options,
    invoke: call => {
      calls.push(call)
      return invoke(call)
    },
    onEvent: event => events.push(event),
  })
  return { execution, events, calls, types: () => events.map(({ type }) => type) }
}

export function run(
  states: Readonly<Record<string, object>>,
  options: Partial<ExecuteOptions> = {},
): Promise<ExecutionResult> {
  return start(states, options).execution.result()
}

/** The output of a machine that succeeds; for one that fails, the failure stands in its place. */
export async function output(
  states: Readonly<Record<string, object>>,
  options: Partial<ExecuteOptions> = {},
): Promise<unknown> {
  const result = await run(states, options)
  return result.status === 'SUCCEEDED' ? result.output : result
}

/** What one expression gives. */
export function evaluate(
  expression: string,
  input: Json = {},
  options: Partial<ExecuteOptions> = {},
): Promise<unknown> {
  return output({ Only: { Type: 'Pass', Output: `{% ${expression} %}`, End: true } }, { input, ...options })
}
