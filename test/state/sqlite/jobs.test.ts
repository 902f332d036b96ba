import { describe, expect, test } from 'vitest'
import type { JobStore } from '../../../src/core/jobs.ts'
import { openJobStore, StorageFull } from '../../../src/state/sqlite/index.ts'
import { conformJobStore } from '../job-store.ts'
import { jobOf, requestOf } from '../jobs.ts'
import { useFolder } from './folder.ts'

const { fresh, open } = useFolder()

conformJobStore('in SQLite', async () => {
  const store = openJobStore(open(fresh()))
  return { store, close: () => store.close() }
})

describe('jobs in SQLite', () => {
  test('are there again when the file is opened anew, with what waits in the outbox', async () => {
    const file = fresh()
    const first = open(file)
    const before = openJobStore(first)
    for (const id of ['queued', 'running', 'ended'])
      await before.accept(jobOf(id, { request: requestOf({ token: id }) }))
    await before.begin('running', 2000)
    await before.end('ended', { state: 'succeeded', endedAt: 3000, output: [1] })
    const known = before.list({})
    // Nothing is closed: what was answered is in the file.
    const after = openJobStore(open(file))
    expect(after.list({})).toEqual(known)
    expect(after.unfinished().map(({ id }) => id)).toEqual(['queued', 'running'])
    expect(after.due(9e9, 9)).toMatchObject([{ job: 'ended', token: 'ended', end: { output: [1] } }])
  })
})

describe('without space', () => {
  const large = 'x'.repeat(20_000)
  const fill = async (store: JobStore): Promise<number> => {
    for (let count = 0; count < 2000; count++) {
      try {
        await store.accept(jobOf(`job-${count}`, { request: requestOf({ data: large }) }))
      } catch (thrown) {
        expect(thrown).toBeInstanceOf(StorageFull)
        return count
      }
    }
    throw new Error('it never filled')
  }

  test('promises reject, nothing of it was kept, and it goes on once there is some', async () => {
    const database = open(fresh())
    const store = openJobStore(database)
    database.prepare('PRAGMA max_page_count = 100').get()
    const token = { request: requestOf({ token: 't' }) }
    await store.accept(jobOf('first', token))
    await store.begin('first', 2000)
    const accepted = await fill(store)
    const before = store.list({})

    const refused = store.end('first', { state: 'succeeded', endedAt: 3000, output: large.repeat(5) })
    await expect(refused).rejects.toThrow(StorageFull)
    await expect(refused).rejects.toMatchObject({ retryable: true })
    expect(store.list({})).toEqual(before)
    expect(store.waiting()).toBe(0)
    expect(store.get(`job-${accepted}`)).toBeUndefined()

    database.prepare('PRAGMA max_page_count = 100000').get()
    await store.end('first', { state: 'succeeded', endedAt: 3000, output: 'kept' })
    await store.accept(jobOf(`job-${accepted}`, { request: requestOf({ data: large }) }))
    expect(store.get('first')).toMatchObject({ state: 'succeeded', output: 'kept' })
    expect(store.waiting()).toBe(1)
    expect(store.counts().queued).toBe(accepted + 1)
  })
})
