import { describe, expect, test } from 'vitest'
import type { Json } from '../../src/core/json.ts'
import { spill, unspill } from '../../src/core/spill.ts'
import { memoryStore } from '../fakes/memory-store.ts'
import fc from '../support/fast-check.ts'

/** The most that travels in one piece. */
const spillBytes = 64 * 1024

function isSpilled(value: unknown): boolean {
  return typeof value === 'object' && value !== null && '$spilled' in value
}

const large = 'x'.repeat(spillBytes)
const bytes = (value: Json) => Buffer.byteLength(JSON.stringify(value))

describe('spill', () => {
  test('lets small data travel as it is', async () => {
    const store = memoryStore()
    for (const how of ['whole', 'items', 'fields'] as const)
      for (const value of [null, 0, '', [], {}, [1, { a: 2 }]])
        expect(await spill(value, how, store)).toBe(value)
    expect(store.kept.size).toBe(0)
  })

  test('keeps large data whole, and says how large it is', async () => {
    const store = memoryStore()
    const kept = await spill(large, 'whole', store)
    expect(isSpilled(kept)).toBe(true)
    expect(kept).toMatchObject({ bytes: spillBytes + 2 })
    expect(await unspill(kept, store)).toBe(large)
  })

  test('keeps only the large items and fields', async () => {
    const store = memoryStore()
    const items = (await spill([1, large, 'b'], 'items', store)) as Json[]
    expect([items[0], isSpilled(items[1]), items[2]]).toEqual([1, true, 'b'])
    const fields = (await spill({ again: true, outcome: large }, 'fields', store)) as Record<string, Json>
    expect([fields.again, isSpilled(fields.outcome)]).toEqual([true, true])
  })

  test('what is no list and no object is kept whole, whatever was asked', async () => {
    for (const how of ['items', 'fields'] as const)
      expect(isSpilled(await spill(large, how, memoryStore()))).toBe(true)
    expect(isSpilled(await spill({ a: large }, 'items', memoryStore()))).toBe(true)
    expect(isSpilled(await spill([large], 'fields', memoryStore()))).toBe(true)
  })

  test('counts bytes and not characters', async () => {
    expect(isSpilled(await spill('é'.repeat(spillBytes / 2), 'whole', memoryStore()))).toBe(true)
  })

  test('whatever is kept comes back the same and travels small', async () => {
    const sizes = fc.array(fc.integer({ min: 0, max: 40_000 }), { maxLength: 12 })
    await fc.assert(
      fc.asyncProperty(
        sizes,
        fc.constantFrom('whole', 'items', 'fields'),
        fc.jsonValue().map(value => JSON.parse(JSON.stringify(value)) as Json),
        async (list, how, more) => {
          const store = memoryStore()
          const items = [...list.map((size, index) => `${index}`.repeat(size)), more as Json]
          const value: Json =
            how === 'fields' ? Object.fromEntries(items.map((item, index) => [`f${index}`, item])) : items
          const travelling = await spill(value, how, store)
          expect(bytes(travelling)).toBeLessThanOrEqual(spillBytes)
          expect(await unspill(travelling, store)).toEqual(JSON.parse(JSON.stringify(value)))
        },
      ),
      { numRuns: 50 },
    )
  })
})

describe('unspill', () => {
  test('puts back what is kept within what is kept', async () => {
    const store = memoryStore()
    const inner = await spill(large, 'whole', store)
    const key = await store.put(JSON.stringify({ inner }))
    expect(await unspill([{ a: { $spilled: key, bytes: 5 } }], store)).toEqual([{ a: { inner: large } }])
  })

  test('takes what only looks like a reference for the data that it is', async () => {
    const store = memoryStore()
    for (const value of [
      { $spilled: 'x', bytes: 1 },
      { $spilled: 'a'.repeat(64) },
      { $spilled: 'a'.repeat(64), bytes: 1, more: 1 },
    ])
      expect(await unspill(value as Json, store)).toEqual(value)
  })

  test('fails where nothing is kept any more', async () => {
    await expect(unspill({ $spilled: 'a'.repeat(64), bytes: 1 }, memoryStore())).rejects.toThrow(
      'nothing is kept',
    )
  })
})
