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
const spillBytes = 64 * 1024

/**
 * Keeps what is larger than `spillBytes` and answers what may travel: the value, or references in its place. Of
 * items and fields the largest are kept, as many as it takes until the others are small enough together.
 */
export async function spill(value: Json, how: Spill, store: SpillStore): Promise<Json> {
  const json = JSON.stringify(value)
  const bytes = Buffer.byteLength(json)
  if (bytes <= spillBytes) return value
  if (how === 'items' && Array.isArray(value)) return spillLargest(value, bytes, store)
  if (how === 'fields' && typeof value === 'object' && value !== null && !Array.isArray(value)) {
    const fields = value as { readonly [key: string]: Json }
    const items = await spillLargest(Object.values(fields), bytes, store)
    return Object.fromEntries(Object.keys(fields).map((key, index) => [key, items[index]!]))
  }
  return keep(json, bytes, store)
}

async function keep(json: string, bytes: number, store: SpillStore): Promise<Json> {
  return { $spilled: await store.put(json), bytes } satisfies Spilled
}

/** The bytes of a reference, rounded up; what is not larger gains nothing by being kept. */
const referenceBytes = 128

async function spillLargest(items: readonly Json[], total: number, store: SpillStore): Promise<Json[]> {
  const sized = items.map((item, index) => {
    const json = JSON.stringify(item)
    return { index, json, bytes: Buffer.byteLength(json) }
  })
  const travelling = [...items]
  let left = total
  for (const { index, json, bytes } of sized.sort((a, b) => b.bytes - a.bytes)) {
    if (left <= spillBytes || bytes <= referenceBytes) break
    travelling[index] = await keep(json, bytes, store)
    left += referenceBytes - bytes
  }
  return travelling
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

/** The references of a value, each once. Data is as deep as whoever sent it likes, so nothing here recurses. */
export function referencesIn(value: Json): readonly Spilled[] {
  const found = new Map<string, Spilled>()
  const open: unknown[] = [value]
  while (open.length > 0) {
    const one = open.pop()
    if (typeof one !== 'object' || one === null) continue
    if (isSpilled(one)) found.set(one.$spilled, one)
    else for (const part of Object.values(one)) open.push(part)
  }
  return [...found.values()]
}

/** Whether a value is a reference to kept data. */
function isSpilled(value: unknown): value is Spilled {
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
