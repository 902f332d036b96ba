import type { Json } from '../../core/json.ts'
import type { Clock } from '../../core/ports.ts'
import { describe, type Ended } from '../describe.ts'
import { ErrorName, TaskError } from '../errors.ts'
import type { ExecutionResult } from '../machine.ts'
import { defaultLimits, type Invoke, type InvokeCall, type Limits } from '../run.ts'
import { systemClock } from '../timers.ts'
import { parseStart } from './arguments.ts'
import { refusal, StartRefused } from './refused.ts'

/** An execution that a Task asks for. */
export interface StartCall {
  readonly stateMachineArn: string
  readonly input: Json
  /** The name that the Task gives it; without one the starter makes one up. */
  readonly name: string | undefined
  /** A name for it that is the same when the Task is repeated after a crash. */
  readonly key: string
  /** The ARN of the execution that asks. */
  readonly parent: string
  /** How many executions it will be within. */
  readonly depth: number
}

/** An execution that was started. `startedAt` is milliseconds since the epoch. */
export interface StartedExecution {
  /** Its ARN. */
  readonly id: string
  readonly name: string
  readonly stateMachineArn: string
  readonly startedAt: number
  result(): Promise<ExecutionResult>
  cancel(reason: string): void
}

/**
 * Starts an execution of the state machine with this ARN.
 *
 * @throws StartRefused for what AWS refuses, such as a state machine that isn't there
 */
export type StartExecution = (call: StartCall) => Promise<StartedExecution>

interface Nesting {
  readonly invoke: Invoke
  readonly startExecution?: StartExecution | undefined
  readonly clock?: Clock | undefined
  readonly depth?: number | undefined
  readonly limits?: Partial<Limits> | undefined
}

const pattern = /^arn:aws[\w-]*:states:::states:startExecution(|\.sync|\.sync:2|\.waitForTaskToken)$/

/**
 * Answers the Tasks that start other executions, and leaves all others to `invoke`. `.sync` and `.sync:2` wait for
 * the end, and stop what they started when they are stopped; the other forms only start.
 */
export function nesting(options: Nesting): Invoke {
  const { invoke, startExecution } = options
  if (startExecution === undefined) return invoke
  return call => {
    const form = pattern.exec(call.resource)?.[1]
    if (form === undefined) return invoke(call)
    return form.startsWith('.sync')
      ? startAndWait(call, startExecution, options, form === '.sync:2')
      : start(call, startExecution, options).then(({ started }) => answerOf(started))
  }
}

async function start(
  call: InvokeCall,
  startExecution: StartExecution,
  { depth = 0, limits }: Nesting,
): Promise<{ readonly started: StartedExecution; readonly input: Json }> {
  const { stateMachineArn, input, name } = parseStart(call.arguments)
  const deepest = limits?.nesting ?? defaultLimits.nesting
  try {
    if (depth >= deepest) throw tooDeep(deepest)
    const parent = call.context.Execution.Id
    return {
      started: await startExecution({
        stateMachineArn,
        input,
        name,
        key: call.key,
        parent,
        depth: depth + 1,
      }),
      input,
    }
  } catch (thrown) {
    throw thrown instanceof StartRefused ? refusal(thrown) : thrown
  }
}

function tooDeep(deepest: number): StartRefused {
  return new StartRefused(
    'ExecutionLimitExceeded',
    `${deepest} executions have started one another; check that a flow does not start itself without end`,
  )
}

function answerOf({ id, startedAt }: StartedExecution): Json {
  return { ExecutionArn: id, StartDate: startedAt }
}

async function startAndWait(
  call: InvokeCall,
  startExecution: StartExecution,
  options: Nesting,
  parsed: boolean,
): Promise<Json> {
  const { signal } = call
  const { clock = systemClock } = options
  const { started, input } = await start(call, startExecution, options)
  const stop = () => started.cancel(abandoned(call.context.Execution.Id))
  signal.addEventListener('abort', stop, { once: true })
  try {
    if (signal.aborted) stop()
    else void call.submitted(answerOf(started))
    const result = await started.result()
    signal.throwIfAborted()
    const { id, name, stateMachineArn, startedAt } = started
    return conclude({ id, name, stateMachineArn, input, startedAt, stoppedAt: clock.now(), result }, parsed)
  } catch (thrown) {
    // Nobody waits for it any more, whatever went wrong here.
    stop()
    throw thrown
  } finally {
    signal.removeEventListener('abort', stop)
  }
}

function conclude(ended: Ended, parsed: boolean): Json {
  if (ended.result.status === 'SUCCEEDED')
    return describe(ended, { data: parsed ? 'value' : 'text', times: 'millis' })
  throw new TaskError(
    ErrorName.taskFailed,
    JSON.stringify(describe(ended, { data: 'text', times: 'millis' })),
  )
}

/** AWS's words for why it stops an execution whose parent is gone. */
function abandoned(parent: string): string {
  return `The Task state in AWS Step Functions execution [${parent}] which was managing this resource was aborted`
}
