import { createHash } from 'node:crypto'
import { type BridgePort, JobLeft, TaskFailed } from '../../core/bridge.ts'
import { isRecord, type Json } from '../../core/json.ts'
import { type Desk, parseRequest, type TaskRequest } from '../../core/task.ts'
import { type InvokeCall, TaskError } from '../../executor/index.ts'

/** A bridge, and whether this process has let go of the execution that it works for. */
export interface Way {
  readonly bridge: BridgePort
  isLeft(): boolean
}

/** A task that is the bridge's to answer. */
export interface Bridged {
  /** Its job, which is the same when it is submitted again after a crash. */
  readonly id: string
  readonly request: TaskRequest
  /** When its state does not wait for it any more, milliseconds since the epoch. */
  readonly deadline: number
}

/** The longest that the messages to a bridge take for an id. */
const longestId = 300

/** Operations on hosts have so long after an enclosing `timeout`, in milliseconds, to say who didn't make it. */
const afterTimeout = 10_000

/**
 * The task of a call, if somebody on premises executes it; the author's functions and what says what it would do never
 * are. Throws what answering the task here would throw.
 */
export function bridged(call: InvokeCall, desk: Pick<Desk, 'find' | 'clock'>): Bridged | undefined {
  const { token: _ours, ...request } = parseRequest((call.arguments as { Payload?: unknown }).Payload)
  const { definition, closure } = desk.find(request)
  if (definition.site !== 'onprem' || closure !== undefined) return undefined
  const own = desk.clock.now() + definition.timeoutSeconds * 1_000
  const deadline = Math.min(own, (request.deadline ?? own) + afterTimeout)
  return { id: jobId(call), request, deadline }
}

function jobId({ context, key }: InvokeCall): string {
  const id = `${context.Execution.Id}/${key}`
  if (id.length <= longestId) return id
  return `${createHash('sha256').update(context.Execution.Id).digest('hex')}/${key}`
}

/** What a task that was handed to a bridge is told to have been submitted as. */
export function handedOn({ id }: Bridged): Json {
  return { ExecutedVersion: '$LATEST', Payload: { job: id }, StatusCode: 200 }
}

/** Whether a task was handed to a bridge before its process ended. */
export function wasHandedOn(submittedAs: Json | undefined): boolean {
  return isRecord(submittedAs) && isRecord(submittedAs.Payload) && typeof submittedAs.Payload.job === 'string'
}

/**
 * Gives a task to the bridge, once it is durable that it has it: whoever goes on after a crash then submits it again
 * instead of guessing. One that this process lets go of (`isLeft`) is left at work there, for the same reason. Throws
 * `TaskError` where the task failed there.
 */
export async function answerThere(
  { id, request, deadline }: Bridged,
  call: InvokeCall,
  { bridge, isLeft }: Way,
  progress: Desk['progress'],
): Promise<Json> {
  await call.submitted(handedOn({ id, request, deadline }))
  const stop = new AbortController()
  const abort = () => stop.abort(isLeft() ? new JobLeft() : call.signal.reason)
  if (call.signal.aborted) abort()
  else call.signal.addEventListener('abort', abort, { once: true })
  const { signal } = stop
  try {
    return await bridge.answer(request, { id, signal, deadline, progress, heartbeat: () => call.heartbeat() })
  } catch (error) {
    throw error instanceof TaskFailed ? new TaskError(error.error, error.failure) : error
  } finally {
    call.signal.removeEventListener('abort', abort)
  }
}
