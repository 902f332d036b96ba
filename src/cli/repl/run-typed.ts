import type { Operation } from '../../core/operation/operation.ts'
import { submit } from '../../core/run.ts'
import { ExecutionCancelled } from '../../core/runtime.ts'
import type { SpillStore } from '../../core/spill.ts'
import { LastKnown } from '../session/last-known.ts'
import type { LineRuns } from './runs.ts'

/** What running a typed pipeline needs besides the pipeline. */
export interface TypedRuns {
  readonly runs: LineRuns
  readonly store: SpillStore
  /** Shows what is known of the hosts of a pipeline that threw. */
  show(data: unknown): void
}

/**
 * Runs a pipeline that was typed at the prompt. Ctrl-C is an answer too: what had finished until then. When a step
 * throws, what the hosts had answered before is shown first.
 */
export async function runTyped(
  operation: Operation<any, unknown>,
  { runs, store, show }: TypedRuns,
): Promise<unknown> {
  const known = new LastKnown()
  const execution = await submit(operation, undefined)
  const following = known.follow(execution.events())
  try {
    return await execution.result()
  } catch (error) {
    await following
    const cancelled = error instanceof ExecutionCancelled && runs.cancelled
    const answered = cancelled ? (error.partial ?? (await known.answer(store))) : await known.answer(store)
    if (cancelled && answered !== undefined) return answered
    if (answered !== undefined) show(answered)
    throw error
  }
}
