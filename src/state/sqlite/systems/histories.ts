import { explainIssues } from '../../../core/errors.ts'
import { changeEntrySchema } from '../../../core/systems/dump.ts'
import type { ChangeEntry } from '../../../core/systems/store.ts'
import { unreadable } from '../../systems/records.ts'
import type { SystemTables } from '../../systems/tables.ts'
import type { Database } from '../database.ts'

interface Row {
  readonly system: string
  readonly entry: string
}

/** The histories of systems, which outlive them. */
export function openHistories(database: Database): Pick<SystemTables, 'history' | 'record' | 'rewrite'> {
  const ofOne = database.prepare('SELECT system, entry FROM system_changes WHERE system = ? ORDER BY number')
  const ofAll = database.prepare('SELECT system, entry FROM system_changes ORDER BY system, number')
  const insert = database.prepare('INSERT INTO system_changes (system, entry) VALUES (?, ?)')
  const forget = database.prepare('DELETE FROM system_changes WHERE system = ?')
  const record = (entry: ChangeEntry) => void insert.run(entry.system, JSON.stringify(entry))
  return {
    history(id) {
      const rows = id === undefined ? ofAll.all() : ofOne.all(id)
      return (rows as unknown as Row[]).map(toEntry)
    },
    record,
    rewrite(id, history) {
      forget.run(id)
      for (const entry of history) record(entry)
    },
  }
}

function toEntry({ system, entry }: Row): ChangeEntry {
  let value: unknown
  try {
    value = JSON.parse(entry)
  } catch (cause) {
    throw unreadable(system, 'the history of a system', 'an entry is no JSON', cause)
  }
  const parsed = changeEntrySchema.safeParse(value)
  if (parsed.success) return parsed.data
  const { error } = parsed
  throw unreadable(system, 'the history of a system', explainIssues(error.issues), error)
}
