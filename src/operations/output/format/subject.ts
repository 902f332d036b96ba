import { isRecord } from '../../../core/json.ts'
import type { Outcome } from '../../../core/outcome.ts'
import { isJobResult } from './jobs.ts'
import { isSystem } from './systems.ts'

/** What a summary counts. */
export type Subject = 'host' | 'system'

/**
 * Whether outcomes are about systems: some that they name are, and none is known to be a mere host. What answered is a
 * system by its mark, or by what it answered; what failed is by how it was reached.
 */
export function subjectOf(outcomes: readonly Outcome<unknown, unknown>[]): Subject {
  const known = outcomes.flatMap(({ on, successful, failure }) => {
    const marked = markedIn(on)
    const answered = successful.map(
      ({ host, value }) => marked.has(host) || isSystem(value) || isJobResult(value),
    )
    const failed = failure.flatMap(({ target }) =>
      target === undefined ? [] : [target.system !== undefined],
    )
    return [...answered, ...failed]
  })
  return known.length > 0 && known.every(one => one) ? 'system' : 'host'
}

/** The names of the hosts of a collection that are systems. */
function markedIn(on: unknown): ReadonlySet<unknown> {
  const hosts = isRecord(on) && Array.isArray(on.hosts) ? (on.hosts as unknown[]) : []
  return new Set(hosts.flatMap(host => (isRecord(host) && host.system !== undefined ? [host.name] : [])))
}
