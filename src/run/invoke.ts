import type { Json } from '../core/json.ts'
import type { Clock } from '../core/ports.ts'
import { answerTask, type Desk, describeError } from '../core/task.ts'
import { type Execution, type InvokeCall, TaskError } from '../executor/index.ts'
import { answerThere, type Bridged, bridged, handedOn, type Way } from './bridge/invoke.ts'
import { rebuiltError } from './bridge/rebuilt-error.ts'

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

/**
 * Wires tasks to a desk, and those of a closet to a bridge where there is one. A task with a token is answered by its
 * token, so that its state waits as it does on AWS.
 */
export function localInvoke(desk: Desk, way?: Way): LocalInvoke {
  const late: Json[] = []
  const errors: { readonly name: string; readonly cause: string; readonly error: unknown }[] = []
  let execution: Execution | undefined

  const failed = (error: unknown): TaskError => {
    const { error: name, cause } = error instanceof TaskError ? error : describeError(error)
    errors.push({ name, cause, error: error instanceof TaskError ? rebuiltError(name, cause) : error })
    return new TaskError(name, cause)
  }
  const answer = async (call: InvokeCall, work: () => Promise<Json>): Promise<Json> => {
    try {
      const output = await work()
      if (call.signal.aborted) late.push(output)
      return output
    } catch (error) {
      throw failed(error)
    }
  }

  const answerToken = async (call: InvokeCall, token: string, work: () => Promise<Json>): Promise<void> => {
    try {
      const output = await answer(call, work)
      reply(call, () => execution?.sendTaskSuccess(token, output))
    } catch (error) {
      if (!(error instanceof TaskError)) throw error
      reply(call, () => execution?.sendTaskFailure(token, { error: error.error, cause: error.cause }))
    }
  }
  const answerHere = async (call: InvokeCall): Promise<Json> => {
    const working = new AbortController()
    if (call.token !== undefined) void keepAlive(call, desk.clock, working.signal)
    try {
      return await answerTask((call.arguments as { Payload?: unknown }).Payload, desk, call.signal)
    } finally {
      working.abort()
    }
  }

  const invoke = async (call: InvokeCall): Promise<Json> => {
    const there = way && findBridged(call)
    const work = () =>
      way && there ? answerThere(there, call, way, event => desk.progress(event)) : answerHere(call)
    if (call.token === undefined)
      return { ExecutedVersion: '$LATEST', Payload: await answer(call, work), StatusCode: 200 }
    void answerToken(call, call.token, work)
    return there ? handedOn(there) : { ExecutedVersion: '$LATEST', Payload: null, StatusCode: 200 }
  }
  /** What can't be told fails as it does here, when it is answered here. */
  const findBridged = (call: InvokeCall): Bridged | undefined => {
    try {
      return bridged(call, desk)
    } catch {
      return undefined
    }
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
