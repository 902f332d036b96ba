import type { CloudRecord } from '../../../core/watches/cloud/record.ts'
import type { WatchRequest } from '../../../core/watches/cloud/request.ts'
import { lateMs, mostLooks, mostLooksOfExecution } from './limits.ts'

type Asking = Pick<WatchRequest, 'execution' | 'looks'>

/** Looks that others were promised and may still come for; whoever asks does not wait. */
export function looksOfOthers(
  { looks }: CloudRecord,
  { execution }: Asking,
  now: number,
): CloudRecord['looks'] {
  return looks.filter(({ at, by }) => by !== execution && at + lateMs > now)
}

/**
 * Promises whoever asks a look at the moment at which something is due, unless somebody else comes then or before, and will
 * see to it. So of all executions of a watch one at most waits for a moment, and a promise that was not heard is made
 * again to the same execution.
 */
export function promiseLook(
  record: CloudRecord,
  asking: Asking,
  now: number,
): { readonly record: CloudRecord; readonly look?: string } {
  const { due } = record
  const others = looksOfOthers(record, asking, now)
  const seenTo = due === undefined || others.some(({ at }) => at <= due)
  if (seenTo || asking.looks >= mostLooksOfExecution) return { record: { ...record, looks: others } }
  const looks = [...others, { at: due, by: asking.execution }].sort((a, b) => a.at - b.at)
  return { record: { ...record, looks: looks.slice(0, mostLooks) }, look: new Date(due).toISOString() }
}
