import type { JobRecord, JobStore } from '../../src/core/jobs.ts'
import type { SpillStore } from '../../src/core/spill.ts'
import type { Definition } from '../../src/core/step.ts'
import type { JobDesk } from './desk.ts'
import { mayRepeat, unknownEnd } from './fate.ts'
import type { Limits } from './limits.ts'
import { openLive } from './live.ts'
import type { Operations } from './operations.ts'
import { explain } from './say.ts'

export interface RecoverParts {
  readonly store: JobStore
  readonly desk: JobDesk
  readonly operations: Operations
  readonly spilled: SpillStore
  readonly limits: Pick<Limits, 'attempts'>
}

/**
 * Takes up what the process before left in the journal. What waited waits again. What was at work is done again where that
 * ends in the same state; of any other change nobody can say how far it came, which is its answer. So is that of a job
 * which was at work each time that the process ended, since it may be what ends it.
 */
export async function recover({ store, desk, operations, spilled, limits }: RecoverParts): Promise<void> {
  for (const record of store.unfinished()) {
    const running = record.state === 'running'
    const found = find(operations, record)
    const definition = 'definition' in found ? found.definition : undefined
    const job = openLive({ ...record, definition: definition ?? gone(record), again: running })
    const worn = record.attempts >= limits.attempts
    if (running && (definition === undefined || worn || !mayRepeat(definition))) {
      const why = worn
        ? `the bridge ended ${record.attempts} times while it was at this`
        : 'the bridge ended while it was at this'
      desk.conclude(job, await unknownEnd(record, definition, why, spilled))
    } else if ('error' in found) desk.conclude(job, { state: 'failed', ...explain(found.error) })
    else {
      desk.reserve(job)
      desk.lineUp(job)
    }
  }
}

function find(
  operations: Operations,
  { request }: JobRecord,
): { readonly definition: Definition } | { readonly error: unknown } {
  try {
    return { definition: operations.find(request) }
  } catch (error) {
    return { error }
  }
}

/** Stands for an operation that is not here any more; nothing of it is ever called. */
function gone({ request }: JobRecord): Definition {
  const { operation: name } = request
  return { name, site: 'onprem', effect: 'change', onHosts: false } as Definition
}
