import type { ExecutionStore } from '../core/executions.ts'
import type { LoadedConfig } from './config.ts'
import { openOnDatabase } from './shared-database.ts'

/** Ended executions are kept as long as AWS keeps them: ninety days. */
const kept = 90 * 24 * 3_600_000

/**
 * Opens the executions of a state folder, and makes its database where there is none; closing the store closes that
 * too, unless others share it. `say` hears what a person has to know: that the database was damaged and set aside. With
 * `forget`, closing removes what ended too long ago. Throws the database's own errors, such as `DatabaseNewer`.
 */
export async function openExecutions(
  loaded: LoadedConfig,
  say?: (text: string) => void,
  { forget = false }: { readonly forget?: boolean } = {},
): Promise<ExecutionStore> {
  const { openExecutionStore } = await import('../state/sqlite/executions/store.ts')
  return openOnDatabase(loaded, say, database => {
    const store = openExecutionStore(database)
    return {
      ...store,
      async close() {
        if (forget) await store.prune(Date.now() - kept)
        await store.close()
      },
    }
  })
}
