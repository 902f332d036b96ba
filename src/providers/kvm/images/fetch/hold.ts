import { open, rm, stat } from 'node:fs/promises'
import { DatabaseSync } from 'node:sqlite'

const tries = 5

/**
 * Holds a file name for this process until it is disposed of; `undefined` when another one holds it. The
 * system lets go of it when the process ends, however it ends: the lock is SQLite's on an empty file.
 */
export async function hold(file: string): Promise<AsyncDisposable | undefined> {
  for (let left = tries; left > 0; left--) {
    const before = await identity(file)
    const database = new DatabaseSync(file, { timeout: 0 })
    try {
      database.exec('BEGIN EXCLUSIVE')
    } catch (error) {
      database.close()
      if (error instanceof Error && 'errcode' in error && error.errcode === 5) return undefined
      throw error
    }
    // Whoever held it before removes it at its end: a lock on a file that has no name any more holds nothing.
    if ((await present(file)) === before) return release(database, file)
    database.close()
  }
  return undefined
}

function release(database: DatabaseSync, file: string): AsyncDisposable {
  return {
    async [Symbol.asyncDispose]() {
      try {
        await rm(file, { force: true })
      } finally {
        database.close()
      }
    },
  }
}

/** Which file the name is, which is made where there is none. */
async function identity(file: string): Promise<number> {
  const handle = await open(file, 'a', 0o600)
  try {
    return (await handle.stat()).ino
  } finally {
    await handle.close()
  }
}

async function present(file: string): Promise<number | undefined> {
  try {
    return (await stat(file)).ino
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw error
  }
}
