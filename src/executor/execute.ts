import { randomUUID } from 'node:crypto'
import type { StateMachine } from '../core/asl.ts'
import type { JournalEntry } from '../core/executions.ts'
import type { Json } from '../core/json.ts'
import type { Clock } from '../core/ports.ts'
import { Cancellation, Cancelled } from './cancellation.ts'
import { Seed } from './chance.ts'
import { prepareMachine } from './compile.ts'
import { admit, fits } from './data.ts'
import { ErrorName } from './errors.ts'
import type { EventListener } from './events.ts'
import { ListenerFailure } from './history.ts'
import type { Interrupted, Journal } from './journal.ts'
import { type ExecutionResult, runMachine } from './machine.ts'
import { nesting, type StartExecution } from './nested/start.ts'
import type { ListObjects, ReadObject, WriteObject } from './objects.ts'
import { type Pasts, recall, redrive } from './recall.ts'
import { defaultLimits, executionArn, type Invoke, type Limits, newRun, type Run } from './run.ts'
import { alarm, systemClock } from './timers.ts'

export interface ExecuteOptions {
  readonly machine: StateMachine
  readonly input: Json
  /** Answers Tasks. */
  readonly invoke: Invoke
  /** The execution's name; a random one otherwise. */
  readonly name?: string
  /** The state machine's name, for ARNs and the context object. */
  readonly machineName?: string
  /** Reads what an ItemReader names. Without it an ItemReader fails with `States.ItemReaderFailed`. */
  readonly readObject?: ReadObject
  /** Writes what a ResultWriter exports. Without it a ResultWriter fails with `States.ResultWriterFailed`. */
  readonly writeObject?: WriteObject
  /** Lists what an ItemReader iterates over. Without it such a reader fails with `States.ItemReaderFailed`. */
  readonly listObjects?: ListObjects
  /** Starts the executions of `states:startExecution`. Without it `invoke` is asked for them. */
  readonly startExecution?: StartExecution
  /** How many executions this one is within; each of them started the next. */
  readonly depth?: number
  readonly clock?: Clock
  /** From 0 up to 1, for jitter and `$random()`. */
  readonly random?: () => number
  /** Writes down what happens, so that another process can go on after this one. */
  readonly journal?: Journal
  /** Goes on with an execution that has this journal; `machine`, `name` and `input` are those it began with. */
  readonly resume?: Resume
  /** Decides about tasks that were under way when the process ended; all of them fail as `Unknown` without it. */
  readonly interrupted?: Interrupted
  /** When it ends as TIMED_OUT, besides the machine's own TimeoutSeconds; milliseconds since the epoch. */
  readonly deadline?: number
  /** Cancels the execution. */
  readonly signal?: AbortSignal
  /** Every event of the history as it occurs; what it throws, `result()` rejects with. */
  readonly onEvent?: EventListener
  readonly limits?: Partial<Limits>
}

/** What is known of an execution that is gone on with. Times are milliseconds since the epoch. */
export interface Resume {
  readonly entries: Iterable<JournalEntry>
  readonly startedAt: number
  /** Takes back how it failed, as AWS's redrive does: what succeeded stays, what did not is attempted anew. */
  readonly redrive?: { readonly at: number }
}

/** A running execution. */
export interface Execution {
  /** Its ARN. */
  readonly id: string
  readonly name: string
  /** How it ended. It does not reject for a failed execution, whose status says so. */
  result(): Promise<ExecutionResult>
  /** Stops it: handlers see their signal aborted, and have the grace of `limits.graceMs` to answer. */
  cancel(reason?: string): void
  /** @throws TokenError when no task waits for the token */
  sendTaskSuccess(token: string, output: Json): void
  /** @throws TokenError when no task waits for the token */
  sendTaskFailure(token: string, failure: { readonly error: string; readonly cause?: string }): void
  /** @throws TokenError when no task waits for the token */
  sendTaskHeartbeat(token: string): void
}

/**
 * Starts a state machine in JSONata, as AWS Step Functions would execute it.
 *
 * @throws MachineError when the machine can't be executed, before anything of it ran
 * @throws NotJsonError when the input is not JSON
 *
 * @example
 * const machine = { QueryLanguage: 'JSONata', StartAt: 'Hi', States: { Hi: { Type: 'Pass', End: true } } } as const
 * await execute({ machine, input: { a: 1 }, invoke: () => null }).result() // { status: 'SUCCEEDED', output: { a: 1 } }
 */
export function execute(options: ExecuteOptions): Execution {
  const graph = prepareMachine(options.machine)
  const { machineName = 'machine', name = randomUUID() } = options
  const run = newRun({
    ports: {
      invoke: nesting(options),
      readObject: options.readObject,
      writeObject: options.writeObject,
      listObjects: options.listObjects,
      clock: options.clock ?? systemClock,
      random: options.random,
      limits: { ...defaultLimits, ...options.limits },
      onEvent: options.onEvent,
      journal: options.journal,
      interrupted: options.interrupted ?? (() => 'unknown'),
    },
    machineName,
    name,
    input: admit(options.input),
    seed: new Seed(randomUUID),
    startedAt: options.resume?.startedAt,
    pasts: options.resume && pastsOf(options.resume, executionArn(machineName, name)),
  })
  const cancellation = new Cancellation()
  const result = watched(
    run,
    cancellation,
    options,
    () => inputTooLarge(run) ?? runMachine(run, graph, cancellation),
  )
  // Whoever asks for the result gets its rejection; whoever never asks must not crash the process by it.
  result.catch(() => {})

  return {
    id: run.execution.Id,
    name: run.execution.Name,
    result: () => result,
    cancel: (reason = 'The execution was cancelled') => cancellation.cancel(new Cancelled('aborted', reason)),
    sendTaskSuccess: (token, output) => run.tokens.holder(token).succeed(output),
    sendTaskFailure: (token, { error, cause = '' }) => run.tokens.holder(token).fail(error, cause),
    sendTaskHeartbeat: token => run.tokens.holder(token).heartbeat(),
  }
}

function pastsOf({ entries, redrive: again }: Resume, id: string): Pasts {
  const pasts = recall(entries, id)
  if (again !== undefined) redrive(pasts, id, again.at)
  return pasts
}

/** When it ends as TIMED_OUT. A redrive has all of the machine's time again. */
function endOf({ machine, deadline }: ExecuteOptions, { execution, past }: Run): number {
  const began = past?.redrivenAt ?? Date.parse(execution.StartTime)
  const seconds = machine.TimeoutSeconds ?? Number.POSITIVE_INFINITY
  return Math.min(began + 1000 * seconds, deadline ?? Number.POSITIVE_INFINITY)
}

async function watched(
  run: Run,
  cancellation: Cancellation,
  options: ExecuteOptions,
  start: () => ExecutionResult | Promise<ExecutionResult>,
): Promise<ExecutionResult> {
  const { signal } = options
  const abort = () => cancellation.cancel(new Cancelled('aborted', reasonOf(signal)))
  if (signal?.aborted) abort()
  else signal?.addEventListener('abort', abort, { once: true })
  const { clock } = run.ports
  const left = endOf(options, run) - clock.now()
  const timeOut = () => cancellation.cancel(new Cancelled('timeout', 'The execution timed out'))
  const stop = left === Number.POSITIVE_INFINITY ? () => {} : alarm(clock, Math.max(0, left), timeOut)
  try {
    // The caller has the execution in hand before its first event.
    await undefined
    // What was under way is gone through first, so that its end is told.
    if (left <= 0) void (run.settled ?? Promise.resolve()).then(timeOut)
    const result = await start()
    await run.history.flush()
    return result
  } catch (thrown) {
    throw thrown instanceof ListenerFailure ? thrown.cause : thrown
  } finally {
    stop()
    signal?.removeEventListener('abort', abort)
  }
}

function inputTooLarge(run: Run): ExecutionResult | undefined {
  const { dataBytes } = run.ports.limits
  if (fits(run.execution.Input, dataBytes)) return undefined
  return {
    status: 'FAILED',
    error: ErrorName.dataLimit,
    cause: `The input of the execution is larger than ${dataBytes} bytes; keep large data in a store and pass a reference`,
  }
}

function reasonOf(signal: AbortSignal | undefined): string {
  const reason: unknown = signal?.reason
  return reason instanceof Error ? reason.message : String(reason)
}
