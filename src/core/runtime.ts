import { ReopsError } from './errors.ts'
import type { Flow } from './flow.ts'
import type { Operation } from './operation/operation.ts'

/** What may be said of one run. */
export interface RunOptions {
  /** Cancels it: hosts under way are told to stop, and what finished is kept. */
  readonly signal?: AbortSignal | undefined
  /** The execution's name; a unique one is made when it is left out. */
  readonly name?: string | undefined
}

/** An event of an execution's history, in the shape of AWS's GetExecutionHistory. */
export interface ExecutionEvent {
  readonly id: number
  readonly previousEventId: number
  readonly timestamp: string
  readonly type: string
  readonly [details: string]: unknown
}

/** A pipeline under way. */
export interface Execution<O> {
  readonly id: string
  readonly name: string
  /** The pipeline's answer. Rejects with `ExecutionFailed` or `ExecutionCancelled`. */
  result(): Promise<O>
  /** Asks everything under way to stop; `result` then rejects with `ExecutionCancelled`. */
  cancel(reason?: string): void
  /** What has happened so far and what happens from now on, until the execution ends. */
  events(): AsyncIterable<ExecutionEvent>
}

/** Where pipelines are run: wired by a root, found by `run` and `submit`. */
export interface Runtime {
  submit<O>(
    operation: Operation<any, O> | Flow<any, O>,
    input: unknown,
    options: RunOptions,
  ): Promise<Execution<O>>
  /** Ends connections and everything else that it holds open. */
  close(): Promise<void>
}

/** A pipeline threw: a wrong program or configuration, never a host's trouble. */
export class ExecutionFailed extends ReopsError {
  override readonly name = 'ExecutionFailed'
  override readonly slug = 'execution-failed'
  /** The name of the error that ended it, as Retry and Catch see it. */
  readonly error: string
  readonly execution: string

  constructor(
    message: string,
    options: { error: string; execution: string; cause?: unknown; detail?: Record<string, unknown> },
  ) {
    super(message, options)
    this.error = options.error
    this.execution = options.execution
  }
}

/** A run was cancelled. `partial` is what the step under way had to say when it was told to stop, if anything. */
export class ExecutionCancelled extends ReopsError {
  override readonly name = 'ExecutionCancelled'
  override readonly slug = 'execution-cancelled'
  readonly execution: string
  readonly partial: unknown

  constructor(execution: string, reason: string, partial: unknown) {
    super(`${execution} was cancelled: ${reason}`)
    this.execution = execution
    this.partial = partial
  }
}

const slot = Symbol.for('re-ops.runtime')
type Slot = { [slot]?: Runtime | Promise<Runtime> }

/** Makes a runtime the one that `run` and `submit` use from now on. Roots call it once, before flows are run. */
export function useRuntime(runtime: Runtime | undefined): void {
  if (runtime) (globalThis as Slot)[slot] = runtime
  else delete (globalThis as Slot)[slot]
}

/** The runtime in use. Without a root, as in a script of one's own, the local one is wired at the first call. */
export async function currentRuntime(): Promise<Runtime> {
  const holder = globalThis as Slot
  holder[slot] ??= openDefault()
  return holder[slot]
}

/** The specifier is made at run time, so that a bundler of flows doesn't follow it into ssh2 and the rest. */
async function openDefault(): Promise<Runtime> {
  const local = new URL('../run/default.ts', import.meta.url).href
  const { openDefaultRuntime } = (await import(local)) as { openDefaultRuntime: () => Promise<Runtime> }
  return openDefaultRuntime()
}
