import type { ExecutionStore, JournalEntry } from '../../../core/executions.ts'
import type { Database } from '../database.ts'

/** So many entries are read at once: a long journal is never in memory as a whole. */
const pageLength = 100

/** The entries of executions, as JSON texts in their order. */
export interface Journal {
  /** Inside a write. */
  append(execution: number, entries: readonly string[]): void
  read: ExecutionStore['journal']
}

interface EntryRow {
  readonly execution: number
  readonly position: number
  readonly entry: string
}

export function openJournal(database: Database): Journal {
  const last = database.prepare('SELECT max(position) AS position FROM journal WHERE execution = ?')
  const insert = database.prepare('INSERT INTO journal (execution, position, entry) VALUES (?, ?, ?)')
  const page = database.prepare(
    `SELECT position, entry FROM journal
     WHERE execution = (SELECT number FROM executions WHERE id = ?) AND position > ?
     ORDER BY position LIMIT ${pageLength}`,
  )
  return {
    append(execution, entries) {
      let position = Number(last.get(execution)?.position ?? 0)
      for (const entry of entries) insert.run(execution, ++position, entry)
    },
    *read(id, after = 0) {
      // Page by page, since an open cursor would be cut off when a transaction is rolled back meanwhile.
      for (let reached = after; ; ) {
        const rows = database.read(() => page.all(id, reached)) as unknown as EntryRow[]
        for (const { position, entry } of rows) {
          reached = position
          yield { ...(JSON.parse(entry) as JournalEntry), position }
        }
        if (rows.length < pageLength) return
      }
    },
  }
}
