import { type Flow, parseInput } from '../core/flow.ts'
import type { Json } from '../core/json.ts'
import type { Clock } from '../core/ports.ts'
import {
  type Execution,
  type StartCall,
  type StartExecution,
  StartRefused,
  systemClock,
} from '../executor/index.ts'

/** Starts an execution of a flow with input that fits it. */
type Launch = (
  name: string,
  flow: Flow,
  input: Json,
  call: Pick<StartCall, 'name' | 'depth' | 'parent'>,
) => Promise<Launched>

type Launched = Pick<Execution, 'id' | 'name' | 'result' | 'cancel'>

interface NestedParts {
  readonly flows?: ReadonlyMap<string, Flow> | undefined
  readonly clock?: Clock | undefined
}

/** The executions that executions start: flows, by the names of state machines in their ARNs. */
export class Nested {
  readonly #flows: ReadonlyMap<string, Flow>
  readonly #clock: Clock
  readonly #launch: Launch
  readonly #running = new Set<Launched>()

  constructor({ flows, clock }: NestedParts, launch: Launch) {
    this.#flows = flows ?? new Map()
    this.#clock = clock ?? systemClock
    this.#launch = launch
  }

  readonly start: StartExecution = async ({ stateMachineArn, input, name, key, depth, parent }) => {
    const flowName = /^arn:[^:]*:states:[^:]*:[^:]*:stateMachine:([^:]+)/.exec(stateMachineArn)?.[1]
    if (flowName === undefined)
      throw new StartRefused('InvalidArn', `Invalid Arn: '${stateMachineArn}' names no state machine`)
    const flow = this.#flows.get(flowName)
    if (flow === undefined)
      throw new StartRefused('StateMachineDoesNotExist', `State Machine Does Not Exist: '${stateMachineArn}'`)
    const startedAt = this.#clock.now()
    const given = fitting(flowName, flow, input)
    const execution = await this.#launch(flowName, flow, given, { name: name ?? key, depth, parent })
    this.#running.add(execution)
    // A listener's failure is told to whoever asks for the result; here it only matters that it is over.
    const over = () => this.#running.delete(execution)
    execution.result().then(over, over)
    return {
      id: execution.id,
      name: execution.name,
      stateMachineArn,
      startedAt,
      result: () => execution.result(),
      cancel: reason => execution.cancel(reason),
    }
  }

  /** Stops what still runs, and waits until it has ended. */
  async close(): Promise<void> {
    const running = [...this.#running]
    for (const execution of running) execution.cancel('The process that executes it ends')
    await Promise.allSettled(running.map(execution => execution.result()))
  }
}

function fitting(name: string, flow: Flow, input: Json): Json {
  try {
    return parseInput(name, flow, input) as Json
  } catch (error) {
    throw new StartRefused('InvalidExecutionInput', error instanceof Error ? error.message : String(error))
  }
}
