import { mkdirSync } from 'node:fs'
import path from 'node:path'
import type { ExecutionStore } from '../core/executions.ts'

/** Opens the executions of a state folder. SQLite is loaded when the first execution is started and not before. */
export async function openJournal(state: string): Promise<ExecutionStore> {
  const { openDatabase, openExecutionStore } = await import('../state/sqlite/index.ts')
  mkdirSync(state, { recursive: true, mode: 0o700 })
  const database = openDatabase(path.join(state, 'reops.db'))
  const store = openExecutionStore(database)
  const close = async () => {
    await store.close()
    database.close()
  }
  return { ...store, close }
}
