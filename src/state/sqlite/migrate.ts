import type { DatabaseSync } from 'node:sqlite'
import { DatabaseForeign, DatabaseNewer } from './errors.ts'

/** Marks a database as ours in its header: 'reop' in ASCII. */
const applicationId = 0x72656f70

/**
 * Refuses a database that this program must not touch, without writing to it.
 *
 * @throws DatabaseNewer when it is of a later version than the last of the migrations
 * @throws DatabaseForeign when it is another program's
 */
export function admitDatabase(connection: DatabaseSync, file: string, known: number): void {
  const { found, mark, tables } = readMarks(connection)
  // The mark is written with the first migration, so a database of ours without it is empty.
  if (mark !== applicationId && (mark !== 0 || found !== 0 || tables))
    throw new DatabaseForeign(
      `${file} is a database of another program: let REOPS_STATE name another folder, or move the file away`,
    )
  if (found > known) throw new DatabaseNewer(file, found, known)
}

/** Brings a database to the version of the last migration, in one transaction, whoever else does so too. */
export function migrate(connection: DatabaseSync, file: string, migrations: readonly string[]): void {
  if (pragma(connection, 'user_version') === migrations.length) return
  connection.exec('BEGIN IMMEDIATE')
  try {
    // Another process may have migrated it, even beyond what we know, while we waited for the lock.
    admitDatabase(connection, file, migrations.length)
    for (const sql of migrations.slice(pragma(connection, 'user_version'))) connection.exec(sql)
    connection.exec(`PRAGMA application_id = ${applicationId}; PRAGMA user_version = ${migrations.length}`)
    connection.exec('COMMIT')
  } catch (thrown) {
    if (connection.isTransaction) connection.exec('ROLLBACK')
    throw thrown
  }
}

/** What tells whose a database is, all of one moment: another process may be making it meanwhile. */
function readMarks(connection: DatabaseSync) {
  const own = !connection.isTransaction
  if (own) connection.exec('BEGIN')
  try {
    return {
      found: pragma(connection, 'user_version'),
      mark: pragma(connection, 'application_id'),
      tables: hasTables(connection),
    }
  } finally {
    if (own && connection.isTransaction) connection.exec('COMMIT')
  }
}

function pragma(connection: DatabaseSync, name: 'user_version' | 'application_id'): number {
  return Number(connection.prepare(`PRAGMA ${name}`).get()?.[name])
}

function hasTables(connection: DatabaseSync): boolean {
  return connection.prepare('SELECT 1 FROM sqlite_schema LIMIT 1').get() !== undefined
}
