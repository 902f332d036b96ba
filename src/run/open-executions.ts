import { existsSync, statSync } from 'node:fs'
import path from 'node:path'
import type { ExecutionStore } from '../core/executions.ts'
import { type LoadedConfig, stateFolder } from './config.ts'

/** Ended executions are kept as long as AWS keeps them: ninety days. */
const kept = 90 * 24 * 3_600_000

const checkedBytes = 16 * 1024 * 1024

/**
 * Opens the executions of a state folder, and makes its database where there is none; closing the store closes that
 * too. `say` hears what a person has to know: that the database was damaged and set aside. With `forget`, closing removes
 * what ended too long ago. Throws the database's own
 * errors, such as `DatabaseNewer`.
 */
export async function openExecutions(
  loaded: LoadedConfig,
  say?: (text: string) => void,
  { forget = false }: { readonly forget?: boolean } = {},
): Promise<ExecutionStore> {
  // node:sqlite is only loaded by what needs it.
  const [{ openDatabase }, { openExecutionStore }] = await Promise.all([
    import('../state/sqlite/database.ts'),
    import('../state/sqlite/executions/store.ts'),
  ])
  const file = databaseFile(loaded)
  const database = openDatabase(file, {
    check: worthChecking(file),
    ...(say === undefined ? {} : { onSetAside: ({ message }) => say(message) }),
  })
  const store = openExecutionStore(database)
  return {
    ...store,
    async close() {
      try {
        if (forget) await store.prune(Date.now() - kept)
        await store.close()
      } finally {
        database.close()
      }
    },
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

/** Whether anything was ever executed here, so that looking doesn't leave a database behind. */
export function hasExecutions(loaded: LoadedConfig): boolean {
  const file = databaseFile(loaded)
  return existsSync(file) || existsSync(`${file}-wal`)
}

function databaseFile(loaded: LoadedConfig): string {
  return path.join(stateFolder(loaded), 'reops.db')
}
