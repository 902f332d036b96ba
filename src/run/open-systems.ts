import type { SystemStore } from '../core/systems/store.ts'
import type { LoadedConfig } from './config.ts'
import { openOnDatabase } from './shared-database.ts'

/**
 * Opens the systems of a state folder, and makes its database where there is none; closing the store closes that too,
 * unless others share it. `say` hears what a person has to know: that the database was damaged and set aside, or that a
 * system can't be read; otherwise it becomes a warning of the process. Throws the database's own errors, such as
 * `DatabaseNewer`.
 *
 * @example
 * const store = await openSystems(await loadConfig())
 * const systems = await store.list()
 * await store.close()
 */
export async function openSystems(loaded: LoadedConfig, say?: (text: string) => void): Promise<SystemStore> {
  const { openSystemStore } = await import('../state/sqlite/systems/store.ts')
  return openOnDatabase(loaded, say, database =>
    openSystemStore(database, say && { onUnreadable: ({ message }) => say(message) }),
  )
}
