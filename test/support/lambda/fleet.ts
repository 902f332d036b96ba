import { isRecord, type Json } from '../../../src/core/json.ts'
import { type Execution, type InvokeCall, TaskError } from '../../../src/executor/index.ts'
import type { StepFunctions } from '../../fakes/step-functions.ts'
import { type FunctionOptions, openFunction, type RunningFunction } from './function.ts'

export interface FleetOptions {
  /** Functions by what `FunctionName` says: the substitution (`${CodeFunction}`), a name or an ARN. */
  readonly functions: ReadonlyMap<string, FunctionOptions>
  /** Where tokens are answered; without it no state may wait for one. */
  readonly stepFunctions?: StepFunctions | undefined
}

/** Deployed functions, which answer the Tasks of executions as Step Functions calls them. */
export interface Fleet {
  /** For `execute`: calls the function that a Task names. */
  invoke(call: InvokeCall): Promise<Json>
  /** Tells whose tokens are answered, once an execution is there. */
  serve(execution: Execution): void
  /** A function that was called. */
  function(name: string): RunningFunction
  /** What was called, in its order. */
  readonly called: readonly string[]
  end(): Promise<void>
}

/** Milliseconds between two looks at whether a token was answered. */
const lookEvery = 10

/**
 * A fleet of functions, each in a process of its own from its first call on.
 *
 * @example
 * const fleet = openFleet({ functions: new Map([['${CodeFunction}', { folder: code.folder }]]) })
 * const execution = execute({ machine, input, invoke: fleet.invoke })
 * fleet.serve(execution)
 */
export function openFleet({ functions, stepFunctions }: FleetOptions): Fleet {
  const opened = new Map<string, RunningFunction>()
  const called: string[] = []
  let served: Execution | undefined

  const functionOf = (name: string): RunningFunction => {
    const options = functions.get(name)
    if (options === undefined)
      throw new TaskError('Lambda.ResourceNotFoundException', `Function not found: ${name}`)
    const found = opened.get(name) ?? openFunction(options)
    opened.set(name, found)
    return found
  }

  const call = async ({ arguments: sent }: InvokeCall): Promise<Json> => {
    const { FunctionName: name, Payload } = isRecord(sent) ? sent : {}
    called.push(String(name))
    const { payload, error } = await functionOf(String(name)).invoke(Payload)
    if (error !== undefined) throw new TaskError(error.errorType, JSON.stringify(error))
    return { ExecutedVersion: '$LATEST', Payload: (payload ?? null) as Json, StatusCode: 200 }
  }

  /** Hands the answer of a token from Step Functions to the execution, and signs of life before it. */
  const forward = async (call: InvokeCall, token: string): Promise<void> => {
    let beats = 0
    while (!call.signal.aborted && stepFunctions !== undefined) {
      const answer = stepFunctions.answerOf(token)
      if (answer?.action === 'SendTaskSuccess')
        return served?.sendTaskSuccess(token, JSON.parse(answer.body.output ?? 'null') as Json)
      if (answer?.action === 'SendTaskFailure') {
        const { error = 'Unknown', cause } = answer.body
        return served?.sendTaskFailure(token, { error, ...(cause === undefined ? {} : { cause }) })
      }
      for (; beats < stepFunctions.heartbeats(token); beats++) call.heartbeat()
      await new Promise(resolve => setTimeout(resolve, lookEvery))
    }
    stepFunctions?.close(token)
  }

  return {
    called,
    async invoke(task) {
      const { token } = task
      if (token !== undefined) {
        if (stepFunctions === undefined) throw new Error('a state waits for a token and nobody answers any')
        stepFunctions.hold(token)
      }
      const answer = await call(task)
      if (token !== undefined) void forward(task, token)
      return answer
    },
    serve(execution) {
      served = execution
    },
    function: functionOf,
    async end() {
      await Promise.all([...opened.values()].map(one => one.end()))
    },
  }
}
