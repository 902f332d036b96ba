import { statSync } from 'node:fs'
import type { DatabaseSync } from 'node:sqlite'
import { loadSqlite } from './load.ts'
import { isBusy, isDamage } from './trouble.ts'

/** Says what is wrong with the file of a database before anything opens it, if that can be seen from outside. */
export function findOrphanedLog(file: string): string | undefined {
  // SQLite would take an empty file for a new database and throw the log away, with all that it holds.
  if (sizeOf(file) > 0 || sizeOf(`${file}-wal`) === 0) return undefined
  return 'its file is missing or empty, and its log is not'
}

/** Says what is wrong with an open database, if anything. The whole takes as long as reading all of it. */
export function findDamage(connection: DatabaseSync, extent: 'header' | 'whole'): string | undefined {
  try {
    connection.prepare('SELECT count(*) FROM sqlite_schema').get()
    if (extent === 'header') return undefined
    const found = connection.prepare('PRAGMA quick_check(1)').get()?.quick_check
    return found === 'ok' ? undefined : String(found)
  } catch (thrown) {
    if (isDamage(thrown)) return (thrown as Error).message
    throw thrown
  }
}

/** Whether another connection has the database open, as far as a damaged file lets it be seen. */
export function isOpenElsewhere(file: string): boolean {
  // Opening a file that isn't there would make it, and nobody can have opened an empty one and filled its log.
  if (sizeOf(file) === 0) return false
  const { DatabaseSync } = loadSqlite()
  const connection = new DatabaseSync(file, { timeout: 0 })
  try {
    // An open database in WAL mode is always locked for sharing; in this mode we need it to ourselves.
    connection.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE; ROLLBACK')
    return false
  } catch (thrown) {
    if (isBusy(thrown)) return true
    // Nobody else could read it either.
    if (isDamage(thrown)) return false
    throw thrown
  } finally {
    connection.close()
  }
}

function sizeOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0
}
