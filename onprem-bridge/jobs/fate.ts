import type { JobEnd, JobRecord } from '../../src/core/jobs.ts'
import type { Json } from '../../src/core/json.ts'
import { leftUnknown } from '../../src/core/operation/fan-out.ts'
import { type SpillStore, spill, unspill } from '../../src/core/spill.ts'
import type { Definition } from '../../src/core/step.ts'

type How = Omit<JobEnd, 'endedAt'>

/** Whether doing it once more ends in the same state as doing it once. */
export function mayRepeat({ effect }: Definition): boolean {
  return effect !== 'change'
}

/**
 * The end of a job of which nobody can say how far it came. A change of hosts accounts for each of them, since the hosts of
 * earlier steps are no less known by it; any other fails as `Unknown`, by which a declared retry knows it.
 */
export async function unknownEnd(
  { request }: Pick<JobRecord, 'request'>,
  definition: Definition | undefined,
  why: string,
  store: SpillStore,
): Promise<How> {
  const failed: How = {
    state: 'unknown',
    error: 'Unknown',
    cause: `${why}: ${request.step} may have done its work, wholly or in part, or not at all; look at what it acts on before doing it again`,
  }
  if (definition?.onHosts !== true || mayRepeat(definition)) return failed
  try {
    const outcome = leftUnknown(await unspill(request.data, store), request.step)
    return {
      state: 'unknown',
      output: await spill(outcome as unknown as Json, request.spill ?? 'whole', store),
    }
  } catch {
    // Its data is gone or names no hosts; that it is unknown is all that there is to say.
    return failed
  }
}
