import type { SpillStore } from '../../src/core/spill.ts'

/** Pieces of kept data that are read at once: each is in memory as a whole. */
const readsAtOnce = 2

/**
 * Reads kept data, and keeps at hand what was read last, up to so many bytes: whoever asks for a chunk is about to ask for
 * the next.
 */
export function openReads(store: SpillStore, most: number): (key: string) => Promise<Uint8Array> {
  const atHand = new Map<string, Uint8Array>()
  const reading = new Map<string, Promise<Uint8Array>>()
  const waiting: (() => void)[] = []
  let free = readsAtOnce

  const remember = (key: string, bytes: Uint8Array) => {
    atHand.delete(key)
    atHand.set(key, bytes)
    let held = [...atHand.values()].reduce((sum, { length }) => sum + length, 0)
    for (const [oldest, { length }] of atHand) {
      if (held <= most || oldest === key) break
      held -= length
      atHand.delete(oldest)
    }
  }
  const read = async (key: string): Promise<Uint8Array> => {
    if (free > 0) free--
    else await new Promise<void>(resolve => waiting.push(resolve))
    try {
      const bytes = Buffer.from(await store.get(key))
      remember(key, bytes)
      return bytes
    } finally {
      reading.delete(key)
      const next = waiting.shift()
      if (next) next()
      else free++
    }
  }

  return async key => {
    const known = atHand.get(key)
    if (known !== undefined) {
      remember(key, known)
      return known
    }
    const begun = reading.get(key) ?? read(key)
    reading.set(key, begun)
    return begun
  }
}
