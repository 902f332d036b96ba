import type { Json } from '../../core/json.ts'
import { type Execution, ExecutionCancelled } from '../../core/runtime.ts'
import { isSkipped } from '../../core/skipped.ts'
import type { SpillStore } from '../../core/spill.ts'
import {
  count,
  outcomesIn,
  type Summary,
  someFailed,
  summarize,
} from '../../operations/output/format/summary.ts'
import type { LiveLine } from '../live/live-line.ts'
import type { Ended, Status } from './ended.ts'
import { LastKnown } from './last-known.ts'

/**
 * Follows an execution to its end, and does not reject for what went wrong in it; what keeps it from being started is
 * thrown. `line` has counted its hosts, and `store` has what was too large to travel.
 */
export async function settle(
  begin: () => Promise<Execution<unknown>>,
  { line, store }: { readonly line: LiveLine; readonly store: SpillStore },
): Promise<Ended> {
  const began = performance.now()
  const known = new LastKnown()
  const execution = await begin()
  const following = known.follow(execution.events())
  const settled = await execution.result().then(
    async result => {
      // What the events are read from is closed with the session.
      await following
      return { result, error: undefined }
    },
    async (error: unknown) => {
      await following
      return { result: partialOf(error) ?? (await known.answer(store)), error }
    },
  )
  const summary = summaryOf(settled.result, line)
  return {
    ...settled,
    summary,
    execution: execution.name,
    ms: performance.now() - began,
    status: statusOf(settled, summary),
  }
}

function partialOf(error: unknown): unknown {
  return error instanceof ExecutionCancelled && outcomesIn(error.partial).length > 0
    ? error.partial
    : undefined
}

/** Hosts by what the answer says of them; by how they ended their steps where it says nothing. */
function summaryOf(result: unknown, { tally }: LiveLine): Summary {
  const outcomes = outcomesIn(result as Json)
  return outcomes.length > 0 ? summarize(outcomes) : count(tally.fates.values())
}

function statusOf({ result, error }: { result: unknown; error: unknown }, summary: Summary): Status {
  if (error instanceof ExecutionCancelled) return 'cancelled'
  if (error !== undefined) return 'failed'
  if (isSkipped(result)) return 'skipped'
  return someFailed(summary) ? 'failed' : 'succeeded'
}
