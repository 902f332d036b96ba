import { describe, expect, test } from 'vitest'
import { SystemHeld, type SystemsDump } from '../../../src/core/systems/store.ts'
import { openMemorySystemStore } from '../../../src/state/memory/systems.ts'
import { WireError } from '../../fakes/aws/wire.ts'
import { idOf, systemOf } from '../systems.ts'
import { hasty, useDynamo } from './table.ts'

const { aws, dynamo, table, open } = useDynamo()
const importer = { by: 'reops state import', at: 9000 }
const many = 22

/** An export of more than a transaction holds; the first two systems have exchanged their hostnames in it. */
async function largeDump(): Promise<SystemsDump> {
  const store = openMemorySystemStore()
  for (let number = 1; number <= many; number++) {
    const hostname = number < 3 ? `web-${3 - number}` : `web-${number}`
    await store.add(systemOf(number, { hostname, description: 'theirs' }), { by: 'create', at: number })
    await store.change(idOf(number), 1, { state: 'running' }, { by: 'start', at: number + 100 })
  }
  return store.dump(5000)
}

/** A table with the first two of the systems, as they are before the import. */
async function filled(): Promise<string> {
  const name = await table()
  const store = await open(name)
  for (const number of [1, 2]) await store.add(systemOf(number), { by: 'create', at: 1 })
  await store.close()
  return name
}

const clockAt = (ms: number) => ({ ...hasty, now: () => ms })
/** Everything that is in a table but leases' traces and fences. */
const kept = async (name: string) => {
  const { Items } = await dynamo().ask<{ Items: { pk: { S: string } }[] }>('Scan', { TableName: name })
  return Items.filter(({ pk }) => !/leases|control/.test(pk.S)).length
}

test('an import of more than a transaction holds comes about whole', async () => {
  const name = await filled()
  const store = await open(name)
  const dump = await largeDump()
  expect(await store.restore(dump, { replace: true }, importer)).toEqual({
    added: many - 2,
    replaced: 2,
    kept: 0,
  })
  expect((await store.find('web-1'))?.id).toBe(idOf(2))
  const there = await store.dump(1)
  expect(there.systems).toHaveLength(many)
  expect(there.history).toHaveLength(2 * many + 4)
  expect(await store.holders(9000)).toEqual(new Map())
  // Every system goes on from where its history ends.
  for (const { id, revision } of there.systems.slice(0, 3))
    await store.change(id, revision, { stage: 'on' }, { by: 'x', at: 9001 })
  // Records, hostnames and histories, and nothing that the import laid down.
  expect(await kept(name)).toBe(2 * many + 2 * many + 4 + 3)
  await store.close()
})

describe('an import that breaks off', () => {
  const now = Date.parse('2030-01-01T00:00:00Z')
  const breakOff = async (name: string, after: number) => {
    const store = await open(name, { clock: clockAt(now) })
    await store.list({ where: 'id', ids: [] })
    // After so many writes the process is gone.
    const writes = ['PutItem', 'UpdateItem', 'TransactWriteItems', 'BatchWriteItem']
    const before = aws().calls.length
    const count = () =>
      aws()
        .calls.slice(before)
        .filter(({ action }) => writes.includes(action)).length
    const handle = dynamo().handle
    dynamo().handle = call => {
      if (count() > after) throw new WireError('ValidationException', 'the process is gone')
      return handle(call)
    }
    const ended = await store.restore(await largeDump(), { replace: true }, importer).then(
      () => 'done',
      () => 'broken off',
    )
    dynamo().handle = handle
    await store.close()
    return ended
  }

  test('is whole or was never there, wherever that was', { timeout: 60_000 }, async () => {
    const seen = new Set<string>()
    for (let after = 0; ; after++) {
      const name = await filled()
      const ended = await breakOff(name, after)
      // Somebody who comes in the same minute leaves one alone that is not decided, and goes on with one that is.
      const soon = await open(name, { clock: clockAt(now + 60_000) })
      const sooner = (await soon.list()).length
      expect([2, many]).toContain(sooner)
      await soon.close()
      const later = await open(name, { clock: clockAt(now + 3_600_000) })
      const systems = await later.list()
      expect(systems).toHaveLength(sooner)
      const whole = systems.length === many
      seen.add(`${ended} ${whole ? 'whole' : 'nothing'}`)
      expect((await later.find('web-1'))?.id).toBe(idOf(whole ? 2 : 1))
      // Nobody holds anything, and nothing else is left.
      expect(await kept(name)).toBe(whole ? 4 * many + 4 : 6)
      for (const { id, revision } of systems.slice(0, 2))
        await later.change(id, revision, { stage: 'on' }, { by: 'x', at: now + 3_600_000 })
      await later.add(systemOf(99, { hostname: 'web-22x' }), { by: 'x', at: now + 3_600_000 })
      if (!whole) await later.add(systemOf(98, { hostname: 'web-22' }), { by: 'x', at: now + 3_600_000 })
      await later.close()
      if (ended === 'done') break
    }
    expect([...seen].sort()).toEqual(['broken off nothing', 'broken off whole', 'done whole'])
  })
})

test('what an import holds, others leave alone, and a later one is not stopped by it', async () => {
  const name = await filled()
  const one = await open(name)
  const { lease } = await one.acquire(idOf(2), 'me', 'stop', 60_000, 9000)
  await expect(one.restore(await largeDump(), { replace: true }, importer)).rejects.toThrow(SystemHeld)
  expect(await one.list()).toHaveLength(2)
  await one.release(idOf(2), lease.fence)
  expect(await one.restore(await largeDump(), { replace: true }, importer)).toMatchObject({ added: many - 2 })
  await one.close()
})

test('two imports at once end as if one came after the other', async () => {
  const name = await filled()
  const stores = await Promise.all([open(name), open(name)])
  const dump = await largeDump()
  const ended = await Promise.all(stores.map(store => store.restore(dump, { replace: true }, importer)))
  expect(ended.map(({ added }) => added).sort()).toEqual([0, many - 2])
  expect(await stores[0]!.list()).toHaveLength(many)
  expect(await kept(name)).toBe(4 * many + 4)
  for (const store of stores) await store.close()
})
