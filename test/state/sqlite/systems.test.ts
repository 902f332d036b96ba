import { once } from 'node:events'
import process from 'node:process'
import { describe, expect, test } from 'vitest'
import type { Criterion } from '../../../src/core/systems/criterion.ts'
import { UnreadableSystem } from '../../../src/core/systems/store.ts'
import { type Database, openExecutionStore, openSystemStore } from '../../../src/state/sqlite/index.ts'
import { migrations } from '../../../src/state/sqlite/migrations/index.ts'
import { entriesOf, idsIn, startOf } from '../executions.ts'
import { idOf, systemOf } from '../systems.ts'
import { useFolder } from './folder.ts'

const { fresh, open } = useFolder()
const author = { by: 'create', at: 1 }

test('a database from before there were systems keeps its executions', async () => {
  const file = fresh()
  const before = open(file, { migrations: migrations.slice(0, 1) })
  const executions = openExecutionStore(before)
  const started = await executions.start(startOf('nightly'), 'me', 500)
  if (started.kind !== 'started') throw new Error('it is new')
  const { id } = started.record
  executions.append(id, started.lease.fence, entriesOf(1, 2))
  await executions.flush(id, started.lease.fence)
  const kept = executions.get(id)
  before.close()

  const database = open(file)
  expect(database.setAside).toBeUndefined()
  expect(database.prepare('PRAGMA user_version').get()).toEqual({ user_version: migrations.length })
  expect(openExecutionStore(database).get(id)).toEqual(kept)
  expect(idsIn(openExecutionStore(database).journal(id))).toEqual([1, 2])
  const systems = openSystemStore(database)
  expect(await systems.list()).toEqual([])
  const { lease } = await systems.acquire(idOf(1), 'me', 'create', 500, 0)
  expect(lease.fence).toBeGreaterThan(started.lease.fence)
})

test('systems, histories and leases are there when it is opened again', async () => {
  const file = fresh()
  const first = open(file)
  const store = openSystemStore(first)
  const added = await store.add(systemOf(1), author)
  const { lease } = await store.acquire(idOf(1), 'me', 'stop', 500, 0)
  first.close()
  const again = openSystemStore(open(file))
  expect(await again.list()).toEqual([added])
  expect(await again.history(idOf(1))).toHaveLength(1)
  expect(await again.holder(idOf(1), 499)).toEqual(lease)
  expect((await again.acquire(idOf(2), 'me', 'x', 1, 0)).lease.fence).toBeGreaterThan(lease.fence)
})

describe('a system that can’t be read', () => {
  const spoil = (database: Database, to: string) =>
    database.prepare('UPDATE systems SET system = ? WHERE id = ?').run(to, idOf(1))
  const filled = async (spoilt = '{"id": "cut o') => {
    const database = open(fresh())
    const heard: UnreadableSystem[] = []
    const store = openSystemStore(database, { onUnreadable: error => heard.push(error) })
    const added = await store.add(systemOf(1), author)
    await store.add(systemOf(2), author)
    const dump = await store.dump(2)
    spoil(database, spoilt)
    return { database, store, heard, added, dump }
  }

  test.each([
    ['is damaged', '{"id": "cut o', 'it is no JSON'],
    [
      'has a field of a newer version',
      JSON.stringify({ ...systemOf(1), revision: 1, createdAt: 1, updatedAt: 1, moon: 1 }),
      'moon',
    ],
    [
      'is in another’s place',
      JSON.stringify({ ...systemOf(2), revision: 1, createdAt: 1, updatedAt: 1 }),
      `it calls itself ${idOf(2)}`,
    ],
    ['is no system', '[]', 'object'],
  ])('as it %s is refused by its name', async (_, spoilt, reason) => {
    const { store } = await filled(spoilt)
    const refused = [
      store.get(idOf(1)),
      store.find('web-1'),
      store.add(systemOf(1), author),
      store.change(idOf(1), 1, { state: 'running' }, author),
      store.remove(idOf(1), 1, author),
    ]
    for (const one of refused) {
      await expect(one).rejects.toThrow(UnreadableSystem)
      await expect(one).rejects.toThrow(`what is kept of web-1 (${idOf(1)}) can't be read: `)
      await expect(one).rejects.toThrow(reason)
    }
  })

  test('is told of and left out where all are listed or exported', async () => {
    const { store, heard } = await filled()
    expect((await store.list()).map(({ hostname }) => hostname)).toEqual(['web-2'])
    expect(heard).toHaveLength(1)
    expect((await store.dump(1)).systems).toHaveLength(1)
    expect(heard).toHaveLength(2)
    expect(heard[1]?.message).toContain('web-1')
  })

  test('becomes a warning of the process where nobody hears of it', async () => {
    const { database } = await filled()
    const warned = once(process, 'warning')
    await openSystemStore(database).list()
    expect((await warned)[0]).toMatchObject({ name: 'UnreadableSystem' })
  })

  test('keeps its hostname', async () => {
    const { store } = await filled()
    await expect(store.add(systemOf(3, { hostname: 'web-1' }), author)).rejects.toThrow(idOf(1))
  })

  test('is put right by an export', async () => {
    const { store, dump, added } = await filled()
    expect(await store.restore(dump, { replace: false }, author)).toEqual({ added: 0, replaced: 0, kept: 2 })
    expect(await store.restore(dump, { replace: true }, author)).toEqual({ added: 0, replaced: 1, kept: 1 })
    expect(await store.get(idOf(1))).toEqual({ ...added, revision: 2 })
  })

  test('may be an entry of a history', async () => {
    const { database, store } = await filled()
    database.prepare("UPDATE system_changes SET entry = '{}' WHERE system = ?").run(idOf(1))
    await expect(store.history(idOf(1))).rejects.toThrow(UnreadableSystem)
    database.prepare("UPDATE system_changes SET entry = 'cut o' WHERE system = ?").run(idOf(1))
    await expect(store.history(idOf(1))).rejects.toThrow(idOf(1))
    expect(await store.history(idOf(2))).toHaveLength(1)
  })
})

test('a query by columns leaves out what it can before anything is read', async () => {
  const database = open(fresh())
  const heard: unknown[] = []
  const store = openSystemStore(database, { onUnreadable: error => heard.push(error) })
  await store.add(systemOf(1, { type: 'web' }), author)
  database.prepare("UPDATE systems SET system = ''").run()
  const others: Criterion[] = [
    { where: 'id', ids: [idOf(2)] },
    { where: 'type', types: ['redis'] },
    { where: 'node', nodes: ['lxd', 'attic'] },
    { where: 'both', both: [{ where: 'all' }, { where: 'state', states: ['running'] }] },
  ]
  for (const criterion of others) expect(await store.list(criterion)).toEqual([])
  expect(heard).toEqual([])
})
