import type { Json } from './json.ts'

/** What an execution of a flow, which another one started, ended with. */
export interface PipelineEnd {
  /** The name of the execution. */
  readonly execution: string
  /** The version of the flow that was executed. */
  readonly version: string
  readonly output: Json
}

/**
 * Runs flows as executions of their own, which are journalled and shown like every other, for operations that are made
 * of pipelines. Locally the runtime wires it; in the cloud such operations are the bridge's, whose own executor it is.
 */
export interface PipelinesPort {
  /**
   * Runs a flow and waits for its end. One of this name that is still under way, because the process that waited for it
   * ended, is waited for and not begun again; after one that has ended, another is begun. An aborted `signal` cancels it.
   * Rejects with `InvalidInput`, `UnknownFlow`, `ExecutionFailed` or `ExecutionCancelled`.
   */
  run(
    flow: string,
    input: Json,
    options: { readonly name: string; readonly parent: string; readonly signal: AbortSignal },
  ): Promise<PipelineEnd>
}
