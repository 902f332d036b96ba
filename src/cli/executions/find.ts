import type { ExecutionRecord, ExecutionStore } from '../../core/executions.ts'
import { isGone } from '../../run/owner.ts'
import { closest } from '../closest.ts'
import { UsageError } from '../usage-error.ts'

/** Executions among which one that was probably meant is looked for. */
const remembered = 200

/** Executions that are named to who asks for one that isn't there. */
const named = 5

/**
 * One execution by its name, its ARN, the unambiguous beginning of its name, or `latest`. Throws `UsageError`, which
 * says which there are, and the store's `AmbiguousName`.
 */
export function findExecution(store: ExecutionStore, word: string): ExecutionRecord {
  if (word === '') throw new UsageError('an execution has a name; see reops executions')
  const found = word === 'latest' ? latest(store) : (store.get(word) ?? store.find(word))
  if (found !== undefined) return found
  const names = store.list({ limit: remembered }).map(({ name }) => name)
  const meant = closest(word, names)
  throw new UsageError(
    `there is no execution ${JSON.stringify(word)}; ${
      meant !== undefined
        ? `did you mean ${meant}?`
        : names.length === 0
          ? 'nothing was run here yet'
          : `the latest ${names.length === 1 ? 'is' : 'are'} ${names.slice(0, named).join(', ')}; reops executions lists them`
    }`,
  )
}

function latest(store: ExecutionStore): ExecutionRecord | undefined {
  const [newest] = store.list({ limit: 1 })
  return newest && store.get(newest.id)
}

/** Whether somebody executes it, as far as its lease says and its holder is known to live. */
export function isExecuted({ lease }: Partial<Pick<ExecutionRecord, 'lease'>>, now: number): boolean {
  return lease !== undefined && lease.until > now && !isGone(lease.owner)
}
