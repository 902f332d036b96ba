import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { SystemStore } from '../../../src/core/systems/store.ts'
import { idOf, systemOf } from '../systems.ts'
import { useDynamo } from './table.ts'

const { aws, table, open } = useDynamo()
const one = idOf(1)
const refusals = /^(?:RevisionConflict|SystemHeld|SystemLeaseLost|HostnameTaken|UnknownSystem)$/

/** What comes about, or the name of what refused it. */
async function tryTo<T>(work: Promise<T>): Promise<T | string> {
  try {
    return await work
  } catch (thrown) {
    const { name } = thrown as Error
    if (refusals.test(name)) return name
    throw thrown
  }
}

const clients = async (name: string, count: number) =>
  Promise.all(Array.from({ length: count }, () => open(name)))
const closeAll = (stores: readonly SystemStore[]) => Promise.all(stores.map(store => store.close()))

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

  test('never change a system under a lease that somebody took since, whatever their clocks say', async () => {
    const turn = fc.record({ client: fc.nat(2), stay: fc.boolean() })
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: -5_000, max: 5_000 }), { minLength: 3, maxLength: 3 }),
        fc.array(turn, { minLength: 3, maxLength: 8 }),
        async (skews, turns) => {
          const stores = await clients(await table(), 3)
          await stores[0]!.add(systemOf(1), { by: 'create', at: 0 })
          const fences: number[] = []
          let time = 10_000
          const played = stores.map(async (store, client) => {
            for (const { stay } of turns.filter(turn => turn.client === client)) {
              time += 700
              const now = time + skews[client]!
              const { lease, taken } = await store.acquire(one, `client ${client}`, 'work', 1_000, now)
              if (!taken) continue
              fences.push(lease.fence)
              const author = { by: String(lease.fence), at: now, fence: lease.fence }
              for (let change = 0; change < 2; change++) {
                const { revision } = (await store.get(one))!
                await tryTo(store.change(one, revision, { stage: `${lease.fence}.${change}` }, author))
              }
              if (!stay) await store.release(one, lease.fence)
            }
          })
          await Promise.all(played)
          expect(new Set(fences).size).toBe(fences.length)
          const by = (await stores[0]!.history(one)).slice(1).map(entry => Number(entry.by))
          // Whoever has the greater fence came later, and nobody comes back after him.
          expect(by).toEqual(by.toSorted((a, b) => a - b))
          await closeAll(stores)
        },
      ),
      { numRuns: 8 },
    )
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
    const name = await table()
    const stores = await clients(name, 2)
    for (const number of [1, 2]) await stores[0]!.add(systemOf(number), { by: 'create', at: 0 })
    const exchange = async () => {
      for (let at = 1; at <= 4; at++)
        for (const number of [1, 2]) {
          const { revision } = (await stores[0]!.get(idOf(number)))!
          await stores[0]!.change(idOf(number), revision, { stage: `${at}` }, { by: 'x', at })
        }
    }
    const look = async () => {
      for (let times = 0; times < 3; times++) {
        const { systems, history } = await stores[1]!.dump(1)
        const [first, second] = systems.map(({ stage }) => Number(stage ?? 0))
        // The first is always changed before the second.
        expect([0, 1]).toContain(first! - second!)
        for (const { id, revision } of systems)
          expect(history.filter(({ system }) => system === id)).toHaveLength(revision)
      }
    }
    await Promise.all([exchange(), look()])
    await closeAll(stores)
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
