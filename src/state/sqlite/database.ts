import path from 'node:path'
import process from 'node:process'
import type { DatabaseSync, StatementSync } from 'node:sqlite'
import { findDamage, findOrphanedLog, isOpenElsewhere } from './damage.ts'
import { DatabaseDamaged } from './errors.ts'
import { createPrivateFile } from './files.ts'
import { GroupCommit } from './group-commit.ts'
import { loadSqlite } from './load.ts'
import { admitDatabase, migrate } from './migrate.ts'
import { migrations as shipped } from './migrations/index.ts'
import { type SetAside, setAside, whileAlone } from './set-aside.ts'
import { explainTrouble } from './trouble.ts'
import { untilFree } from './until-free.ts'

export interface DatabaseOptions {
  /** Waits for the disk at every commit (the default). Without, the last moments may be lost with the power. */
  readonly fsync?: boolean | undefined
  /** How long to wait for another process's transaction, in milliseconds (5,000). Everything waits meanwhile. */
  readonly busyMs?: number | undefined
  /**
   * Reads all of the database for damage first (the default), about 3 ms a megabyte. A command that only looks may
   * leave it to the daemon: it then meets damage as `DatabaseDamaged`, where it reads it.
   */
  readonly check?: boolean | undefined
  /** Hears that a damaged database was set aside. Otherwise it becomes a warning of the process. */
  readonly onSetAside?: ((aside: SetAside) => void) | undefined
  /** Another history of versions, for tests. */
  readonly migrations?: readonly string[] | undefined
}

/** An open database, which several stores may share. What they write in one turn goes into one transaction. */
export interface Database {
  readonly file: string
  /** What became of the damaged database that was found, if one was. */
  readonly setAside: SetAside | undefined
  prepare(sql: string): StatementSync
  /** Reads at once; SQLite's troubles become typed errors. */
  read<T>(work: () => T): T
  /** Writes in this turn's transaction and answers after its commit. To refuse, throw before writing anything. */
  write<T>(work: () => T): Promise<T>
  /** Writes in this turn's transaction, or in a later one when that fails. */
  gather(work: () => void): void
  /** Whether everything asked for is written. */
  readonly idle: boolean
  /** Writes what waits and closes the file. */
  close(): void
}

/**
 * Opens a database of ours, makes it where there is none, and brings it to this program's version.
 *
 * A damaged one is set aside under a dated name and a new one begun, which `setAside` and `onSetAside` tell.
 *
 * @throws DatabaseNewer when a newer version of this program wrote it
 * @throws DatabaseForeign when it is another program's
 * @throws DatabaseDamaged when it is damaged while another process has it open
 * @throws StorageFull, DatabaseReadOnly, DatabaseBusy, DatabaseUnavailable when the system fails us
 *
 * @example
 * const database = openDatabase('.reops/state.db')
 * const store = openExecutionStore(database)
 */
export function openDatabase(file: string, options: DatabaseOptions = {}): Database {
  const absolute = path.resolve(file)
  try {
    const found = openSound(absolute, options)
    if ('connection' in found) return wrap(absolute, found.connection, undefined)
    const { connection, aside } = replaceDamaged(absolute, options)
    return wrap(absolute, connection, aside)
  } catch (thrown) {
    throw explainTrouble(thrown, absolute)
  }
}

type Sound = { readonly connection: DatabaseSync }

function openSound(file: string, options: DatabaseOptions): Sound | { readonly reason: string } {
  const orphaned = findOrphanedLog(file)
  if (orphaned !== undefined) return { reason: orphaned }
  createPrivateFile(file)
  const { DatabaseSync } = loadSqlite()
  const connection = new DatabaseSync(file, { timeout: options.busyMs ?? 5000 })
  try {
    const reason = findDamage(connection, options.check === false ? 'header' : 'whole')
    if (reason === undefined) {
      const versions = options.migrations ?? shipped
      admitDatabase(connection, file, versions.length)
      const synchronous = options.fsync === false ? 'NORMAL' : 'FULL'
      // Of two that both change the mode of a new file, SQLite refuses one at once instead of letting it wait.
      untilFree(options.busyMs ?? 5000, () =>
        connection.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = ${synchronous}`),
      )
      migrate(connection, file, versions)
      return { connection }
    }
    connection.close()
    return { reason }
  } catch (thrown) {
    connection.close()
    throw thrown
  }
}

function replaceDamaged(
  file: string,
  options: DatabaseOptions,
): Sound & { readonly aside: SetAside | undefined } {
  return whileAlone(file, options.busyMs ?? 5000, () => {
    // Another process may have replaced it while we waited to be alone.
    const found = openSound(file, options)
    if ('connection' in found) return { ...found, aside: undefined }
    if (isOpenElsewhere(file))
      throw new DatabaseDamaged(
        `${file} is damaged (${found.reason}) and another process has it open: end that process and start ` +
          'again, which sets the file aside and begins a new one',
      )
    const aside = setAside(file, found.reason, new Date())
    const tell = options.onSetAside ?? warn
    tell(aside)
    const fresh = openSound(file, options)
    if ('connection' in fresh) return { ...fresh, aside }
    throw new DatabaseDamaged(
      `${file} was begun anew and is damaged again (${fresh.reason}): see to its disk`,
    )
  })
}

function warn(aside: SetAside): void {
  process.emitWarning(aside.message, { type: 'DatabaseSetAside' })
}

function wrap(file: string, connection: DatabaseSync, aside: SetAside | undefined): Database {
  const commits = new GroupCommit(connection, file)
  return {
    file,
    setAside: aside,
    prepare: sql => connection.prepare(sql),
    read(work) {
      try {
        return work()
      } catch (thrown) {
        throw explainTrouble(thrown, file)
      }
    },
    write: work => commits.write(work),
    gather: work => commits.gather(work),
    get idle() {
      return commits.idle
    },
    close() {
      try {
        commits.close()
      } finally {
        if (connection.isOpen) connection.close()
      }
    },
  }
}
