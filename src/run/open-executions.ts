import type { ExecutionStore } from '../core/executions.ts'
import { type LoadedConfig, stateFolder } from './config.ts'
import { openOnDatabase } from './shared-database.ts'
import { isSweepDue } from './sweep-due.ts'

/** Ended executions are kept as long as AWS keeps them: ninety days. */
export const keptMs = 90 * 24 * 3_600_000

/** The files that one sweep looks at; the others are the next one's. */
const filesAtOnce = 10_000

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
  const tell = say ?? ((text: string) => process.emitWarning(text))
  const { openExecutionStore } = await import('../state/sqlite/executions/store.ts')
  return openOnDatabase(loaded, say, database => {
    const store = openExecutionStore(database)
    return {
      ...store,
      async close() {
        const now = Date.now()
        if (forget) await store.prune(now - keptMs)
        await store.close()
        const folder = stateFolder(loaded)
        if (!forget || !(await isSweepDue(folder, now))) return
        try {
          const { sweepState } = await import('../state/sweep/sweep.ts')
          await sweepState({ folder, database }, { now, olderThan: keptMs, atMost: filesAtOnce })
        } catch (thrown) {
          // What was executed is done and written; that something old is still there is no reason to fail.
          tell(`what is too old in ${folder} can't be removed: ${(thrown as Error).message}`)
        }
      },
    }
  })
}
