import type { ChangeEntry, SystemLease, UnreadableSystem } from '../../core/systems/store.ts'
import type { System } from '../../core/systems/system.ts'
import type { Item } from './item.ts'
import { type Key, keyText } from './keys.ts'
import type { Range, Table } from './table.ts'

/** What was read of the table for one piece of work. Nothing of it is older than the work's last beginning. */
export interface Near {
  /** By key; nothing where there is no such item. */
  readonly items: Map<string, Item | undefined>
  readonly lists: Map<string, readonly Item[]>
  /** Partitions of which everything was read: what isn't in `items` isn't there. */
  readonly whole: Set<string>
  fence: number | undefined
}

/** What a piece of work changes, until it is written. */
export interface Changes {
  /** Nothing where a system is removed. */
  readonly records: Map<string, System | undefined>
  readonly entries: Map<string, { readonly id: string; readonly number: number; readonly entry: ChangeEntry }>
  /** Nothing where one is given back. */
  readonly leases: Map<string, SystemLease | undefined>
  /** Ids of systems whose leases the work went by. */
  readonly trusted: Set<string>
}

/** One run of a piece of work over what is near. */
export interface Turn {
  readonly writing: boolean
  readonly near: Near
  readonly changes: Changes
  readonly heard: UnreadableSystem[]
}

export function openNear(): Near {
  return { items: new Map(), lists: new Map(), whole: new Set(), fence: undefined }
}

export function openTurn(writing: boolean, near: Near): Turn {
  const changes = { records: new Map(), entries: new Map(), leases: new Map(), trusted: new Set<string>() }
  return { writing, near, changes, heard: [] }
}

/** Thrown out of work that asks for something which is not near: it is fetched, and the work begins anew. */
export class Far {
  readonly fetch: (table: Table, near: Near) => Promise<void>

  constructor(fetch: Far['fetch']) {
    this.fetch = fetch
  }
}

/** Thrown out of work that read two things of different moments: everything is read again after a pause. */
export class Stale {
  /** An import that is under way, or was broken off, and left this behind. */
  readonly left: { readonly import: string; readonly key: Key } | undefined

  constructor(left?: Stale['left']) {
    this.left = left
  }
}

/** The item under a key. Where it has to be fetched, `with` comes along, since it will be asked for next. */
export function itemOf(near: Near, key: Key, with_: readonly Key[] = []): Item | undefined {
  return itemsOf(near, [key], with_)[0]
}

/** The items under some keys, fetched together. */
export function itemsOf(near: Near, keys: readonly Key[], with_: readonly Key[] = []): (Item | undefined)[] {
  const missing = (key: Key) => !near.items.has(keyText(key)) && !near.whole.has(key.pk)
  if (keys.some(missing)) {
    const wanted = [...keys, ...with_].filter(missing)
    throw new Far(async (table, near) => {
      const found = await table.get(wanted)
      for (const key of wanted) near.items.set(keyText(key), found.get(keyText(key)))
    })
  }
  return keys.map(key => near.items.get(keyText(key)))
}

/** Everything of some ranges, fetched at once. */
export function rangesOf(near: Near, ...ranges: readonly Range[]): (readonly Item[])[] {
  const textOf = (range: Range) => JSON.stringify(range)
  const missing = ranges.filter(range => !near.lists.has(textOf(range)))
  if (missing.length > 0)
    throw new Far(async (table, near) => {
      await Promise.all(
        missing.map(async range => {
          const found = await table.query(range)
          near.lists.set(textOf(range), found)
          for (const item of found) near.items.set(keyText(item), item)
          if (Object.keys(range).length === 1) near.whole.add(range.pk)
        }),
      )
    })
  return ranges.map(range => near.lists.get(textOf(range))!)
}
