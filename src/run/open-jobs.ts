import type { JobStore } from '../core/jobs.ts'
import type { LoadedConfig } from './config.ts'
import { openOnDatabase } from './shared-database.ts'

/**
 * Opens the bridge's jobs in a state folder, and makes its database where there is none; closing the store closes that
 * too, unless others share it. `say` hears what a person has to know: that the database was damaged and set aside. Throws
 * the database's own errors, such as `DatabaseNewer`.
 *
 * @example
 * const store = await openJobStoreOf(await loadConfig())
 * store.counts().running
 * await store.close()
 */
export async function openJobStoreOf(loaded: LoadedConfig, say?: (text: string) => void): Promise<JobStore> {
  const { openJobStore } = await import('../state/sqlite/jobs/store.ts')
  return openOnDatabase(loaded, say, openJobStore)
}
