import type { StateMachine } from '../core/asl.ts'
import type { BridgePort } from '../core/bridge.ts'
import type { ExecutionEnd, ExecutionRecord } from '../core/executions.ts'
import type { Json } from '../core/json.ts'
import type { Clock } from '../core/ports.ts'
import type { ExecutionEvent } from '../core/runtime.ts'
import type { Desk } from '../core/task.ts'
import {
  type ExecuteOptions,
  type ExecutionResult,
  execute,
  JournalDiverged,
  type Resume,
  type StartExecution,
  systemClock,
} from '../executor/index.ts'
import { Channel } from './channel.ts'
import { fates } from './fate.ts'
import { type LocalInvoke, localInvoke } from './invoke.ts'
import type { Held } from './ledger.ts'

/** An execution, wherever it is executed. */
export interface Running {
  readonly id: string
  readonly name: string
  /** How it ended; where it is journalled, once that is durable. */
  readonly ended: Promise<ExecutionResult>
  cancel(reason?: string): void
  events(): AsyncIterable<ExecutionEvent>
  /** What answered its tasks, when it is executed here. */
  readonly invoke?: LocalInvoke
}

/** What an execution here needs besides what it is. */
export interface LaunchParts extends Omit<Desk, 'find' | 'clock'> {
  readonly clock?: Clock
  readonly objects?: Pick<ExecuteOptions, 'readObject' | 'writeObject' | 'listObjects'> | undefined
  /** Answers the tasks of a closet in place of this process. */
  readonly bridge?: BridgePort | undefined
}

export interface Launch {
  readonly machine: StateMachine
  readonly find: Desk['find']
  readonly flow: string
  readonly name: string
  readonly input: Json
  readonly startExecution: StartExecution
  readonly depth?: number
  readonly deadline?: number
  readonly signal?: AbortSignal | undefined
  readonly resume?: Resume
  /** Absent where nobody journals. */
  readonly held?: Held | undefined
}

/** Begins to execute in this process, or goes on. */
export function launch(
  { find, flow, signal, held, resume, ...options }: Launch,
  parts: LaunchParts,
): Running {
  const { clock = systemClock } = parts
  const way = parts.bridge && { bridge: parts.bridge, isLeft: () => held?.lost !== undefined }
  const invoke = localInvoke({ ...parts, clock, find }, way)
  const events = new Channel<ExecutionEvent>()
  const entries = [...(resume?.entries ?? [])]
  const execution = execute({
    ...parts.objects,
    ...options,
    machineName: flow,
    clock,
    invoke,
    onEvent: event => events.push(event as unknown as ExecutionEvent),
    interrupted: fates(find, parts.store, parts.bridge !== undefined),
    ...(held ? { journal: held } : {}),
    ...(resume ? { resume: { ...resume, entries } } : {}),
    ...(signal ? { signal } : {}),
  })
  for (const { event } of entries) events.push(event)
  invoke.serve(execution)
  const ended = written(execution.result(), held, clock).finally(() => events.close())
  // Whoever asks for the result gets its rejection; whoever never asks must not crash the process by it.
  ended.catch(() => {})
  if (held) {
    held.stop = reason => execution.cancel(reason)
    held.over = ended
  }
  return {
    id: execution.id,
    name: execution.name,
    ended,
    invoke,
    cancel: reason => execution.cancel(reason),
    events: () => events,
  }
}

/** The result, once it is durable that it is. */
async function written(
  result: Promise<ExecutionResult>,
  held: Held | undefined,
  clock: Clock,
): Promise<ExecutionResult> {
  if (held === undefined) return result
  try {
    const ended = await result
    await held.finish(endOf(ended, clock.now()))
    return ended
  } catch (error) {
    if (held.lost !== undefined) throw held.lost
    // Its journal will not be readable tomorrow either. What the store could not write is another matter.
    if (error instanceof JournalDiverged)
      await held.finish({ status: 'FAILED', stoppedAt: clock.now(), error: error.name, cause: error.message })
    throw error
  } finally {
    held.release()
  }
}

function endOf(ended: ExecutionResult, stoppedAt: number): ExecutionEnd {
  return { stoppedAt, ...ended }
}

/** How an execution ended, by its record. */
export function resultOf({ status, output, error, cause }: ExecutionRecord): ExecutionResult {
  if (status === 'SUCCEEDED') return { status, output: output ?? null }
  return {
    status: status === 'RUNNING' ? 'ABORTED' : status,
    ...(error === undefined ? {} : { error }),
    ...(cause === undefined ? {} : { cause }),
  }
}
