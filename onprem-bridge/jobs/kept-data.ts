import type { Clock } from '../../src/core/ports.ts'
import type { SpillStore } from '../../src/core/spill.ts'
import { chunkBytes } from '../../src/transports/zeromq/messages.ts'
import type { Limits } from './limits.ts'
import { openReads } from './reads.ts'
import { type Chunk, openUploads, type Uploads } from './uploads.ts'

/** Kept data, by the SHA-256 of its JSON. A store that can say whether it has something is asked instead of read. */
export type KeptStore = SpillStore & { has?(key: string): Promise<boolean> }

/** What submitters ask of kept data: which of it is here, to put some, and to get some, chunk by chunk. */
export interface KeptData {
  missing(keys: readonly string[]): Promise<string[]>
  /** Answers how many bytes of it are here. */
  put(who: string, chunk: Chunk): Promise<number>
  /** Rejects where nothing is kept under the key. */
  get(key: string, offset: number): Promise<{ readonly bytes: Uint8Array; readonly total: number }>
  readonly uploads: Pick<Uploads, 'count' | 'bytes'>
}

/** Files looked for at once. */
const looksAtOnce = 16

export function openKeptData(
  store: KeptStore,
  clock: Clock,
  limits: Pick<Limits, 'uploadBytes' | 'uploadMs' | 'downloadBytes'>,
): KeptData {
  const uploads = openUploads(clock, limits)
  const read = openReads(store, limits.downloadBytes)
  const has =
    store.has?.bind(store) ??
    (key =>
      store.get(key).then(
        () => true,
        () => false,
      ))

  return {
    async missing(keys) {
      const wanted = [...new Set(keys)]
      const missing: string[] = []
      const left = wanted.values()
      const lane = async () => {
        for (const key of left) if (!(await has(key))) missing.push(key)
      }
      await Promise.all(Array.from({ length: looksAtOnce }, lane))
      return missing
    },
    async put(who, chunk) {
      // What is here already needs no second copy, whoever has begun to put it.
      if (chunk.offset === 0 && (await has(chunk.key))) return chunk.total
      const { have, text } = uploads.add(who, chunk)
      if (text !== undefined) await store.put(text)
      return have
    },
    async get(key, offset) {
      const bytes = await read(key)
      // A copy: a view would hold all of it in memory for as long as the message is on its way.
      return { bytes: Uint8Array.from(bytes.subarray(offset, offset + chunkBytes)), total: bytes.length }
    },
    uploads,
  }
}
