import { describe, expect, test } from 'vitest'
import { idOf, systemOf } from '../systems.ts'
import { closeAll, openAll, tryTo } from './clients.ts'
import { useDynamo } from './table.ts'

const { aws, table, open, meanwhile } = useDynamo()
const one = idOf(1)
const clients = (name: string, count: number) => openAll(open, name, count)

describe('several clients of one table', () => {
  test('lose no change: what each reports is what the history tells', async () => {
    const name = await table()
    const stores = await clients(name, 4)
    await stores[0]!.add(systemOf(1, { args: { count: 0 } }), { by: 'create', at: 0 })
    const done = await Promise.all(
      stores.map(async (store, client) => {
        let changed = 0
        for (let at = 1; at <= 6; at++) {
          const { revision, args } = (await store.get(one))!
          const next = { args: { count: Number(args?.count) + 1 } }
          const ended = await tryTo(store.change(one, revision, next, { by: `client ${client}`, at }))
          if (typeof ended !== 'string') changed++
        }
        return changed
      }),
    )
    const total = done.reduce((sum, count) => sum + count, 0)
    expect(total).toBeGreaterThanOrEqual(6)
    expect(await stores[1]!.get(one)).toMatchObject({ revision: total + 1, args: { count: total } })
    const history = await stores[2]!.history(one)
    expect(history.map(({ revision }) => revision)).toEqual([...Array(total + 1).keys()].map(at => at + 1))
    await closeAll(stores)
  })

  test('give a hostname to one system, and take it from nobody', async () => {
    const name = await table()
    const stores = await clients(name, 3)
    const added = await Promise.all(
      stores.map((store, client) =>
        tryTo(store.add(systemOf(client, { hostname: 'redis' }), { by: 'create', at: 1 })),
      ),
    )
    const winners = added.filter(one => typeof one !== 'string')
    expect(winners).toHaveLength(1)
    expect(added.filter(one => one === 'HostnameTaken')).toHaveLength(2)
    expect(await stores[2]!.find('redis')).toEqual(winners[0])
    // The name is free as soon as it is given up, and whoever looks meanwhile sees one of both.
    const other = winners[0]!.id === idOf(0) ? idOf(1) : idOf(0)
    await stores[0]!.add({ ...systemOf(8), id: other, hostname: 'spare' }, { by: 'create', at: 1 })
    const swap = async () => {
      await stores[0]!.change(winners[0]!.id, 1, { hostname: 'old' }, { by: 'rename', at: 2 })
      await stores[0]!.change(other, 1, { hostname: 'redis' }, { by: 'rename', at: 3 })
    }
    const look = async () => {
      for (let times = 0; times < 5; times++)
        expect([undefined, winners[0]!.id, other]).toContain((await stores[1]!.find('redis'))?.id)
    }
    await Promise.all([swap(), look()])
    expect((await stores[1]!.find('redis'))?.id).toBe(other)
    await closeAll(stores)
  })

  test('see in an export what was so at one moment', async () => {
    const [mine, theirs] = await clients(await table(), 2)
    await mine!.add(systemOf(1), { by: 'create', at: 0 })
    meanwhile('Query', () => theirs!.change(one, 1, { stage: 'x' }, { by: 'x', at: 1 }))
    const { systems, history } = await mine!.dump(1)
    expect(history).toHaveLength(systems[0]!.revision)
    await closeAll([mine!, theirs!])
  })
})

describe('between reading and writing', () => {
  test.each([
    ['a lease that somebody takes', undefined, 'SystemHeld'],
    ['a lease that is over and that somebody takes', 1_500, 'SystemLeaseLost'],
  ])('%s stops a change', async (_, until, refusal) => {
    const name = await table()
    const [mine, theirs] = await clients(name, 2)
    await mine!.add(systemOf(1), { by: 'create', at: 0 })
    const held = until === undefined ? undefined : await mine!.acquire(one, 'me', 'x', until, 0)
    meanwhile('TransactWriteItems', () => theirs!.acquire(one, 'you', 'y', 10_000, 2_000))
    const author = { by: 'x', at: 2_000, fence: held?.lease.fence }
    expect(await tryTo(mine!.change(one, 1, { stage: 'x' }, author))).toBe(refusal)
    expect(await mine!.get(one)).toMatchObject({ revision: 1 })
    await closeAll([mine!, theirs!])
  })

  test('a lease that was taken and given back doesn’t go to a lower fence', async () => {
    const [mine, theirs] = await clients(await table(), 2)
    await mine!.get(one)
    let other = 0
    meanwhile('PutItem', async () => {
      const { lease } = await theirs!.acquire(one, 'you', 'y', 500, 0)
      await theirs!.release(one, lease.fence)
      other = lease.fence
    })
    const { lease, taken } = await mine!.acquire(one, 'me', 'x', 500, 0)
    expect(taken).toBe(true)
    expect(lease.fence).toBeGreaterThan(other)
    await closeAll([mine!, theirs!])
  })

  test('one that was added and removed leaves its history to the next', async () => {
    const [mine, theirs] = await clients(await table(), 2)
    await mine!.add(systemOf(1), { by: 'create', at: 0 })
    const dump = await mine!.dump(1)
    await mine!.remove(one, 1, { by: 'destroy', at: 1 })
    meanwhile('TransactWriteItems', async () => {
      await theirs!.add(systemOf(1), { by: 'again', at: 2 })
      await theirs!.remove(one, 1, { by: 'gone', at: 3 })
    })
    expect(await mine!.restore(dump, { replace: false }, { by: 'import', at: 4 })).toMatchObject({ added: 1 })
    await mine!.change(one, 1, { stage: 'on' }, { by: 'x', at: 5 })
    const told = (await mine!.history(one)).map(({ by }) => by)
    expect(told).toEqual(['create', 'destroy', 'again', 'gone', 'x'])
    await closeAll([mine!, theirs!])
  })
})

describe('an answer that is lost', () => {
  test('makes nobody’s lease of one that was taken', async () => {
    const store = await open(await table())
    await store.get(one)
    aws().next('dynamodb PutItem', 'do it, then hang up')
    const { lease, taken } = await store.acquire(one, 'me', 'stop', 500, 0)
    expect(taken).toBe(true)
    expect(await store.holder(one, 1)).toEqual(lease)
    await store.close()
  })

  test('makes no change twice', async () => {
    const store = await open(await table())
    await store.add(systemOf(1), { by: 'create', at: 1 })
    aws().next('dynamodb TransactWriteItems', 'do it, then hang up')
    expect(await store.change(one, 1, { stage: 'x' }, { by: 'x', at: 2 })).toMatchObject({ revision: 2 })
    expect(await store.history(one)).toHaveLength(2)
    await store.close()
  })
})
