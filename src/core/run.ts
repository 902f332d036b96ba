import type { Flow } from './flow.ts'
import type { Operation } from './operation/operation.ts'
import { currentRuntime, type Execution, type RunOptions } from './runtime.ts'

/** A flow's input may be left out when all of it has defaults. */
type Given<I> =
  Record<never, never> extends I
    ? [input?: NoInfer<I>, options?: RunOptions]
    : [input: NoInfer<I>, options?: RunOptions]

/**
 * Runs a pipeline and answers what its last step answered. Hosts that failed are in the outcome; it rejects with
 * `ExecutionFailed` for a wrong program or configuration.
 *
 * @example
 * const out = await run(ls(closet, '/'))
 * await run(pick(successful), out)
 */
export function run<O>(operation: Operation<void, O>, input?: undefined, options?: RunOptions): Promise<O>
export function run<I, O>(flow: Flow<I, O>, ...given: Given<I>): Promise<O>
export function run<I, O>(operation: Operation<I, O>, input: I, options?: RunOptions): Promise<O>
export async function run(
  operation: Operation<any, unknown>,
  input?: unknown,
  options: RunOptions = {},
): Promise<unknown> {
  const execution = await (await currentRuntime()).submit(operation, input, options)
  return execution.result()
}

/**
 * Starts a pipeline and answers its execution at once, for what goes on while you type.
 *
 * @example
 * const upgrade = await submit(exec(closet, 'apt-get -y upgrade'))
 * upgrade.cancel()
 */
export function submit<O>(
  operation: Operation<void, O>,
  input?: undefined,
  options?: RunOptions,
): Promise<Execution<O>>
export function submit<I, O>(flow: Flow<I, O>, ...given: Given<I>): Promise<Execution<O>>
export function submit<I, O>(
  operation: Operation<I, O>,
  input: I,
  options?: RunOptions,
): Promise<Execution<O>>
export async function submit(
  operation: Operation<any, unknown>,
  input?: unknown,
  options: RunOptions = {},
): Promise<Execution<unknown>> {
  return (await currentRuntime()).submit(operation, input, options)
}
