import * as z from 'zod'
import type { Json } from './json.ts'
import type { Spill } from './step.ts'

/**
 * Keeps data that is too large for a state, by the SHA-256 of its JSON. `get` throws where nothing is kept under a
 * key.
 */
export interface SpillStore {
  put(json: string): Promise<string>
  get(key: string): Promise<string>
}

/** How kept data travels: its key, and its size in bytes for whoever looks at a history. */
export interface Spilled {
  readonly $spilled: string
  readonly bytes: number
}

const spilledSchema = z.strictObject({ $spilled: z.string().regex(/^[0-9a-f]{64}$/), bytes: z.int().min(0) })

/** Half of what a state may hold is left to the rest of it; several values often travel together. */
export const spillBytes = 64 * 1024

/** Keeps what is larger than `spillBytes` and answers what may travel: the value, or references in its place. */
export async function spill(value: Json, how: Spill, store: SpillStore): Promise<Json> {
  if (how === 'items' && Array.isArray(value))
    return Promise.all(value.map(item => spill(item, 'whole', store)))
  if (how === 'fields' && typeof value === 'object' && value !== null && !Array.isArray(value)) {
    const entries = Object.entries(value).map(
      async ([key, item]) => [key, await spill(item, 'whole', store)] as const,
    )
    return Object.fromEntries(await Promise.all(entries))
  }
  const json = JSON.stringify(value)
  const bytes = Buffer.byteLength(json)
  if (bytes <= spillBytes) return value
  return { $spilled: await store.put(json), bytes } satisfies Spilled
}

/** Puts back what had been kept, wherever in the value a reference stands. */
export async function unspill(value: Json, store: SpillStore): Promise<Json> {
  if (typeof value !== 'object' || value === null) return value
  if (isSpilled(value)) return unspill(JSON.parse(await store.get(value.$spilled)) as Json, store)
  if (!holdsSpilled(value)) return value
  if (Array.isArray(value)) return Promise.all(value.map(item => unspill(item, store)))
  const entries = Object.entries(value).map(
    async ([key, item]) => [key, await unspill(item as Json, store)] as const,
  )
  return Object.fromEntries(await Promise.all(entries))
}

/** Whether a value is a reference to kept data. */
export function isSpilled(value: unknown): value is Spilled {
  return (
    typeof value === 'object' &&
    value !== null &&
    '$spilled' in value &&
    spilledSchema.safeParse(value).success
  )
}

function holdsSpilled(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false
  return isSpilled(value) || Object.values(value).some(holdsSpilled)
}
