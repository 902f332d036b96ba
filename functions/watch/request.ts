import { explainIssues, ReopsError, UnexpectedData } from '../../src/core/errors.ts'
import { type SpillStore, unspill } from '../../src/core/spill.ts'
import { type WatchRequest, watchRequestSchema } from '../../src/core/watches/cloud/request.ts'

/** Reads what a watch's state machine asks. Throws `UnexpectedData`, which says which field is wrong. */
export function readRequest(event: unknown): WatchRequest {
  const parsed = watchRequestSchema.safeParse(event)
  if (parsed.success) return parsed.data
  throw new UnexpectedData(
    `this is nothing that a watch is asked: ${explainIssues(parsed.error.issues.slice(0, 5)).slice(0, 1_000)}`,
  )
}

/**
 * A request with all of what its poll found out, which may be too large to travel. What is not kept any more, or may not be
 * read, is not known: that is decided about, as where the poll had failed. What may be read later rejects.
 */
export async function fetchOutput(request: WatchRequest, store: SpillStore): Promise<WatchRequest> {
  if (request.do !== 'decide' || request.asked === undefined || 'failed' in request.asked) return request
  try {
    return { ...request, asked: { output: await unspill(request.asked.output, store) } }
  } catch (error) {
    if (!(error instanceof ReopsError) || error.retryable) throw error
    return { ...request, asked: { failed: `its output can't be read: ${error.message}` } }
  }
}
