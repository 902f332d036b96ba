import { existsSync, renameSync } from 'node:fs'
import { createPrivateFile } from './files.ts'
import { loadSqlite } from './load.ts'

/** A damaged database that was moved out of the way. */
export interface SetAside {
  /** What was wrong with it. */
  readonly reason: string
  /** Where it is now; its log and index lie beside it, so that SQLite's `.recover` finds all there is. */
  readonly movedTo: string
  /** One sentence or two for a person. */
  readonly message: string
}

/** Moves a database and what belongs to it to a dated name beside it. */
export function setAside(file: string, reason: string, now: Date): SetAside {
  const movedTo = freeName(`${file}.damaged-${now.toISOString().replaceAll(':', '-')}`)
  // The database goes last: until then whoever opens it finds the damage, even if we are ended half way.
  for (const part of ['-wal', '-shm', '']) {
    if (existsSync(file + part)) renameSync(file + part, movedTo + part)
  }
  const message =
    `${file} was damaged (${reason}) and is now ${movedTo}; a new database has begun, without what the old one ` +
    `held. To look what can be saved: sqlite3 ${movedTo} .recover`
  return { reason, movedTo, message }
}

/**
 * Does something while no other process does it for the same file. The lock is SQLite's own on a file beside it,
 * which the system gives up when its holder dies.
 */
export function whileAlone<T>(file: string, waitMs: number, work: () => T): T {
  const guard = `${file}-guard`
  createPrivateFile(guard)
  const { DatabaseSync } = loadSqlite()
  const connection = new DatabaseSync(guard, { timeout: waitMs })
  try {
    connection.exec('BEGIN EXCLUSIVE')
    return work()
  } finally {
    connection.close()
  }
}

function freeName(wanted: string): string {
  for (let count = 1; ; count++) {
    const name = count === 1 ? wanted : `${wanted}-${count}`
    if (!existsSync(name) && !existsSync(`${name}-wal`)) return name
  }
}
