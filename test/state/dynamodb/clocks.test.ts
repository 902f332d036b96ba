import { expect, test } from 'vitest'
import fc from '../../support/fast-check.ts'
import { idOf, systemOf } from '../systems.ts'
import { closeAll, openAll, tryTo } from './clients.ts'
import { useDynamo } from './table.ts'

const { table, open } = useDynamo()
const one = idOf(1)
const clients = (name: string, count: number) => openAll(open, name, count)

test('several clients never change a system under a lease that somebody took since, whatever their clocks say', async () => {
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
