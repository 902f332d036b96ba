import { createPrivateFile } from './files.ts'
import { loadSqlite } from './load.ts'
import { isBusy } from './trouble.ts'

/**
 * Holds a file for as long as this process wants, alone among all processes; answers nothing where another one has it.
 * The lock is SQLite's own on the file, which holds nothing: the system gives it up when its holder dies, however it does.
 */
export function holdAlone(file: string): { release(): void } | undefined {
  createPrivateFile(file)
  const { DatabaseSync } = loadSqlite()
  const connection = new DatabaseSync(file, { timeout: 0 })
  try {
    connection.exec('BEGIN EXCLUSIVE')
  } catch (thrown) {
    connection.close()
    if (isBusy(thrown)) return undefined
    throw thrown
  }
  return { release: () => connection.isOpen && connection.close() }
}
