import { execFileSync } from 'node:child_process'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import process from 'node:process'
import { describe, expect, test } from 'vitest'
import type { ExecutionStore } from '../../../src/core/executions.ts'
import {
  type Database,
  openDatabase,
  openExecutionStore,
  StorageFull,
} from '../../../src/state/sqlite/index.ts'
import { entriesOf, idsIn, startOf } from '../executions.ts'
import { useFolder } from './folder.ts'

const { fresh, open } = useFolder()

/** Appends until nothing more fits, makes room, and goes on: nothing that was appended may be missing. */
async function fillsAndHeals(database: Database, makeRoom: () => void): Promise<void> {
  const store = openExecutionStore(database)
  const started = await store.start(startOf('long'), 'me', 500)
  if (started.kind !== 'started') throw new Error('it is new')
  const { id } = started.record
  const { fence } = started.lease
  const appended = await fill(store, id, fence)

  const refused = store.finish(id, fence, { status: 'SUCCEEDED', stoppedAt: 2, output: 'lost'.repeat(5000) })
  await expect(refused).rejects.toThrow(StorageFull)
  await expect(refused).rejects.toThrow(/free some space/)
  await expect(store.start(startOf('other'), 'me', 500)).rejects.toMatchObject({ retryable: true })
  expect(store.get(id)?.status).toBe('RUNNING')

  makeRoom()
  await store.flush(id, fence)
  await store.finish(id, fence, { status: 'SUCCEEDED', stoppedAt: 2, output: 'kept' })
  expect(idsIn(store.journal(id))).toEqual(Array.from({ length: appended }, (_, index) => index + 1))
  expect(store.get(id)).toMatchObject({ status: 'SUCCEEDED', output: 'kept' })
}

async function fill(store: ExecutionStore, id: string, fence: number): Promise<number> {
  const note = 'x'.repeat(10_000)
  for (let count = 1; count < 2000; count++) {
    const [entry] = entriesOf(count)
    store.append(id, fence, [{ ...entry!, note }])
    try {
      await store.flush(id, fence)
    } catch (thrown) {
      expect(thrown).toBeInstanceOf(StorageFull)
      return count
    }
  }
  throw new Error('it never filled')
}

describe('without space', () => {
  test('writes are refused, and go on where they were once there is some', async () => {
    const database = open(fresh())
    database.prepare('PRAGMA max_page_count = 100').get()
    await fillsAndHeals(database, () => database.prepare('PRAGMA max_page_count = 100000').get())
  })

  test('closing says what could not be written', async () => {
    const file = fresh()
    const database = openDatabase(file, { fsync: false })
    const store = openExecutionStore(database)
    const started = await store.start(startOf('long'), 'me', 500)
    database.prepare('PRAGMA max_page_count = 1').get()
    const entries = entriesOf(...Array.from({ length: 2000 }, (_, index) => index))
    store.append(started.record.id, started.record.lease!.fence, entries)
    await expect(store.close()).rejects.toThrow(StorageFull)
    expect(() => database.close()).toThrow(StorageFull)
    expect(openExecutionStore(open(file)).list({})).toHaveLength(1)
  })

  const root = process.getuid?.() === 0 && process.platform === 'linux'
  test.skipIf(!root)(
    'the same on a disk that is really full, for which it takes root to mount one',
    async () => {
      const disk = await mkdtemp(path.join(tmpdir(), 'reops-disk-'))
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=2m', 'tmpfs', disk])
      try {
        mkdirSync(path.join(disk, 'state'))
        const ballast = path.join(disk, 'ballast')
        writeFileSync(ballast, Buffer.alloc(1 << 20))
        const database = openDatabase(path.join(disk, 'state', 'state.db'))
        await fillsAndHeals(database, () => rmSync(ballast))
        database.close()
      } finally {
        execFileSync('umount', [disk])
        await rm(disk, { recursive: true })
      }
    },
  )
})
