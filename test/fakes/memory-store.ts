import { createHash } from 'node:crypto'
import type { SpillStore } from '../../src/core/spill.ts'

/** Keeps large data in memory. `kept` is what it holds, by key. */
export function memoryStore(): SpillStore & { readonly kept: ReadonlyMap<string, string>; forget(): void } {
  const kept = new Map<string, string>()
  return {
    kept,
    forget: () => kept.clear(),
    put: async json => {
      const key = createHash('sha256').update(json).digest('hex')
      kept.set(key, json)
      return key
    },
    get: async key => {
      const json = kept.get(key)
      if (json === undefined) throw new Error(`nothing is kept under ${key}`)
      return json
    },
  }
}
