import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll } from 'vitest'
import { openDatabase, openSystemStore } from '../../../src/state/sqlite/index.ts'
import { conformSystemStore } from '../system-store.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'reops-systems-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

let count = 0
conformSystemStore('in SQLite', async () => {
  const database = openDatabase(path.join(folder, `${++count}.db`), { fsync: false })
  const store = openSystemStore(database)
  return {
    store,
    async close() {
      await store.close()
      database.close()
      await rm(database.file)
    },
  }
})
