import { createHash } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import type { SpillStore } from '../../src/core/spill.ts'

/** What any store of spilled data does, whatever it is kept in. `open` makes an empty one, which the caller cleans up. */
export function spillStoreConformance(name: string, open: () => Promise<SpillStore>): void {
  describe(`${name} keeps spilled data:`, () => {
    test('what is kept is got back, by the SHA-256 of it', async () => {
      const store = await open()
      const json = JSON.stringify({
        text: 'ü\u0000日本',
        list: Array.from({ length: 30_000 }, (_, at) => at),
      })
      const key = await store.put(json)
      expect(key).toBe(createHash('sha256').update(json).digest('hex'))
      expect(await store.get(key)).toBe(json)
    })

    test('the same data kept again, also at once, is the same', async () => {
      const store = await open()
      const keys = await Promise.all(Array.from({ length: 8 }, () => store.put('"same"')))
      expect(new Set([...keys, await store.put('"same"')]).size).toBe(1)
      expect(await store.get(keys[0]!)).toBe('"same"')
    })

    test('the empty and the smallest are data too', async () => {
      const store = await open()
      for (const json of ['', '0', '""']) expect(await store.get(await store.put(json))).toBe(json)
    })

    test('what was never kept is missing by name', async () => {
      const store = await open()
      const missing = { name: 'SpilledDataMissing', message: expect.stringContaining('0'.repeat(64)) }
      await expect(store.get('0'.repeat(64))).rejects.toMatchObject(missing)
    })

    test('what is no key leads nowhere', async () => {
      const store = await open()
      for (const key of ['', '../x', `${'a'.repeat(64)}/..`, 'A'.repeat(64)])
        await expect(store.get(key)).rejects.toMatchObject({ name: 'SpilledDataMissing' })
    })
  })
}
