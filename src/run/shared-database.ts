import { existsSync, statSync } from 'node:fs'
import path from 'node:path'
import type { Database } from '../state/sqlite/database.ts'
import { type LoadedConfig, stateFolder } from './config.ts'

const checkedBytes = 16 * 1024 * 1024

/** What is open in this process, by file: executions and systems share a connection, and with it their transactions. */
const shared = new Map<string, { readonly database: Database; users: number }>()

/**
 * Opens a store on the database of a state folder. That is made where there is none, or shared with the stores that this
 * process has open on it, the last of which closes it. `say` hears that a damaged one was set aside. Throws the
 * database's own errors, such as `DatabaseNewer`.
 */
export async function openOnDatabase<S extends { close(): Promise<void> }>(
  loaded: LoadedConfig,
  say: ((text: string) => void) | undefined,
  open: (database: Database) => S,
): Promise<S> {
  // node:sqlite is only loaded by what needs it. From here on nothing waits, so that two can't both open the file.
  const { openDatabase } = await import('../state/sqlite/database.ts')
  const file = databaseFile(loaded)
  const one = shared.get(file) ?? { database: openDatabase(file, options(file, say)), users: 0 }
  shared.set(file, one)
  one.users++
  let released = false
  const release = () => {
    if (released) return
    released = true
    if (--one.users > 0) return
    shared.delete(file)
    one.database.close()
  }
  try {
    const store = open(one.database)
    return { ...store, close: () => store.close().finally(release) }
  } catch (thrown) {
    release()
    throw thrown
  }
}

/** Whether anything was ever kept here, so that looking doesn't leave a database behind. */
export function hasState(loaded: LoadedConfig): boolean {
  const file = databaseFile(loaded)
  return existsSync(file) || existsSync(`${file}-wal`)
}

function options(file: string, say: ((text: string) => void) | undefined) {
  return {
    check: worthChecking(file),
    ...(say === undefined ? {} : { onSetAside: ({ message }: { readonly message: string }) => say(message) }),
  }
}

/**
 * Reading a whole database takes a second for a few hundred megabytes, so a large one is read through only after it
 * was not closed as it should be. Damage that is met later is refused by name, wherever it is met.
 */
function worthChecking(file: string): boolean {
  const bytes = statSync(file, { throwIfNoEntry: false })?.size ?? 0
  return bytes < checkedBytes || existsSync(`${file}-wal`)
}

function databaseFile(loaded: LoadedConfig): string {
  return path.join(stateFolder(loaded), 'reops.db')
}
