import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll } from 'vitest'
import { openDatabase, openExecutionStore } from '../../../src/state/sqlite/index.ts'
import { conformExecutionStore } from '../execution-store.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'reops-executions-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

let count = 0
conformExecutionStore('in SQLite', async () => {
  // What is tested here is the contract; that it survives is tested with processes that are killed.
  const database = openDatabase(path.join(folder, `${++count}.db`), { fsync: false })
  const store = openExecutionStore(database)
  return {
    store,
    async close() {
      await store.close()
      database.close()
      await rm(database.file)
    },
  }
})
