import type { Json } from '../core/json.ts'
import type { Clock } from '../core/ports.ts'
import { answerTask, type Desk, describeError } from '../core/task.ts'
import { type Execution, type InvokeCall, TaskError } from '../executor/index.ts'

/** How often a local handler says that it is alive, in milliseconds: well within every heartbeat. */
const beatEvery = 15_000

/** Answers an execution's tasks in this process, as the functions and the bridge do elsewhere. */
export interface LocalInvoke {
  (call: InvokeCall): Promise<Json>
  /** Tells which execution's tokens are answered; an execution is there only once it was started. */
  serve(execution: Execution): void
  /** What handlers still answered after they were told to stop, in the order of their states. */
  readonly late: readonly Json[]
  /** The error behind an error's name and cause, as it was thrown here. */
  thrown(error: string, cause: string): unknown
}

/** Wires tasks to a desk. A task with a token is answered by its token, so that its state waits as it does on AWS. */
export function localInvoke(desk: Desk): LocalInvoke {
  const late: Json[] = []
  const errors: { readonly name: string; readonly cause: string; readonly error: unknown }[] = []
  let execution: Execution | undefined

  const answer = async (call: InvokeCall): Promise<Json> => {
    try {
      const { Payload } = call.arguments as { Payload?: unknown }
      const output = await answerTask(Payload, desk, call.signal)
      if (call.signal.aborted) late.push(output)
      return output
    } catch (error) {
      const { error: name, cause } = describeError(error)
      errors.push({ name, cause, error })
      throw new TaskError(name, cause)
    }
  }

  const answerToken = async (call: InvokeCall, token: string): Promise<void> => {
    const working = new AbortController()
    void keepAlive(call, desk.clock, working.signal)
    try {
      const output = await answer(call)
      reply(call, () => execution?.sendTaskSuccess(token, output))
    } catch (error) {
      if (!(error instanceof TaskError)) throw error
      reply(call, () => execution?.sendTaskFailure(token, { error: error.error, cause: error.cause }))
    } finally {
      working.abort()
    }
  }

  const invoke = async (call: InvokeCall): Promise<Json> => {
    if (call.token === undefined)
      return { ExecutedVersion: '$LATEST', Payload: await answer(call), StatusCode: 200 }
    void answerToken(call, call.token)
    return { ExecutedVersion: '$LATEST', Payload: null, StatusCode: 200 }
  }
  return Object.assign(invoke, {
    late,
    serve: (served: Execution) => {
      execution = served
    },
    thrown: (name: string, cause: string) =>
      errors.findLast(one => one.name === name && one.cause === cause)?.error,
  })
}

/** Says that a handler is alive for as long as it works. */
async function keepAlive(call: InvokeCall, clock: Clock, working: AbortSignal): Promise<void> {
  try {
    for (;;) {
      await clock.sleep(beatEvery, working)
      call.heartbeat()
    }
  } catch (error) {
    if (!working.aborted) throw error
  }
}

/** Gives an answer to its state. A state that timed out meanwhile doesn't wait for it any more. */
function reply(call: InvokeCall, send: () => void): void {
  try {
    send()
  } catch (error) {
    if (!call.signal.aborted) throw error
  }
}
