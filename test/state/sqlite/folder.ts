import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, afterEach, beforeAll } from 'vitest'
import { type Database, type DatabaseOptions, openDatabase } from '../../../src/state/sqlite/index.ts'

/** A folder for a file of tests, and databases in it that are closed after each test. */
export function useFolder(): {
  /** A new path for a database, whose folder doesn't exist yet. */
  fresh(): string
  open(file: string, options?: DatabaseOptions): Database
} {
  let folder: string
  let count = 0
  const opened: Database[] = []
  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'reops-database-'))
  })
  afterEach(() => {
    for (const database of opened.splice(0)) database.close()
  })
  afterAll(() => rm(folder, { recursive: true, force: true }))
  return {
    fresh: () => path.join(folder, String(++count), 'state.db'),
    open(file, options) {
      const database = openDatabase(file, { fsync: false, ...options })
      opened.push(database)
      return database
    },
  }
}
