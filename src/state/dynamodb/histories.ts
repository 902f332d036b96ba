import { explainIssues } from '../../core/errors.ts'
import { changeEntrySchema } from '../../core/systems/dump.ts'
import type { ChangeEntry } from '../../core/systems/store.ts'
import { unreadable } from '../systems/records.ts'
import type { SystemTables } from '../systems/tables.ts'
import type { Item } from './item.ts'
import { entryKey, histories, historyOf, keyText, recordKey } from './keys.ts'
import { itemOf, rangesOf, type Turn } from './turn.ts'

/**
 * The histories of systems, which outlive them. Entries are numbered from one on without a gap, and a record says how
 * many its system has; without a record, the last entry says it. Who writes the same number meanwhile is refused.
 */
export function openHistories(now: () => Turn): Pick<SystemTables, 'history' | 'record' | 'rewrite'> {
  const put = (number: number, entry: ChangeEntry) => {
    const id = entry.system
    now().changes.entries.set(keyText(entryKey(id, number)), { id, number, entry })
  }
  return {
    history: id => itemsOfHistory(now().near, id).map(toEntry),
    record(entry) {
      put(countOf(now().near, entry.system) + 1, entry)
    },
    rewrite(id, history) {
      // Nothing of a history goes when another is merged into it: what comes first is often the same.
      const kept = itemsOfHistory(now().near, id)
      for (const [index, entry] of history.entries())
        if (kept[index]?.entry !== JSON.stringify(entry)) put(index + 1, entry)
    },
  }
}

function itemsOfHistory(near: Turn['near'], id: string | undefined): readonly Item[] {
  if (id === undefined) return rangesOf(near, { pk: histories })[0]!
  const begins = historyOf(id)
  if (!near.whole.has(histories)) return rangesOf(near, { pk: histories, begins })[0]!
  return bySystem(rangesOf(near, { pk: histories })[0]!).get(id) ?? []
}

const grouped = new WeakMap<readonly Item[], ReadonlyMap<string, readonly Item[]>>()

/** An import asks for every history, so all are told apart once. */
function bySystem(items: readonly Item[]): ReadonlyMap<string, readonly Item[]> {
  const known = grouped.get(items) ?? Map.groupBy(items, systemOf)
  grouped.set(items, known)
  return known
}

/** How many entries a history has. */
export function countOf(near: Turn['near'], id: string): number {
  const record = itemOf(near, recordKey(id))
  if (record !== undefined) return Number(record.entries)
  if (near.whole.has(histories)) return itemsOfHistory(near, id).length
  const [last] = rangesOf(near, { pk: histories, begins: historyOf(id), last: true })[0]!
  return last === undefined ? 0 : Number(last.sk.slice(historyOf(id).length))
}

function systemOf({ sk }: Item): string {
  return sk.slice(0, sk.lastIndexOf('#'))
}

function toEntry(item: Item): ChangeEntry {
  let value: unknown
  try {
    value = JSON.parse(String(item.entry))
  } catch (cause) {
    throw unreadable(systemOf(item), 'the history of a system', 'an entry is no JSON', cause)
  }
  const parsed = changeEntrySchema.safeParse(value)
  if (parsed.success) return parsed.data
  const { error } = parsed
  throw unreadable(systemOf(item), 'the history of a system', explainIssues(error.issues), error)
}
