import type { SystemLease } from '../../core/systems/store.ts'
import type { System } from '../../core/systems/system.ts'
import { type Action, absent, type Condition, unchanged } from './action.ts'
import { SystemTooLarge } from './errors.ts'
import { countOf } from './histories.ts'
import { bytesOf, type Item, largestItem } from './item.ts'
import { entryKey, hostnameKey, type Key, keyText, leaseKey, recordKey } from './keys.ts'
import type { Turn } from './turn.ts'

/** Milliseconds after which the trace of a lease that was given back may go. No lease depends on when that happens. */
const tracesKeptMs = 30 * 24 * 3_600_000

/** What one turn comes to, by the system that it is about. Throws `SystemTooLarge`. */
export function actionsOf({ changes, near }: Turn, now: number): ReadonlyMap<string, readonly Action[]> {
  const actions = new Map<string, Action[]>()
  const act = (id: string, action: Action) => {
    const some = actions.get(id)
    if (some === undefined) actions.set(id, [action])
    else some.push(action)
  }
  const known = (key: Key) => near.items.get(keyText(key))
  const put = (id: string, key: Key, fields: Record<string, string | number>, when?: Condition) => {
    const item: Item = { ...fields, ...key }
    refuseLarge(id, String(known(recordKey(id))?.hostname ?? changes.records.get(id)?.hostname ?? id), item)
    act(id, { do: 'put', key, item, when: when ?? unchanged(known(key)) })
  }
  const last = new Map<string, number>()
  for (const { id, number, entry } of changes.entries.values()) {
    last.set(id, Math.max(number, last.get(id) ?? 0))
    put(id, entryKey(id, number), { entry: JSON.stringify(entry) })
  }
  const given = new Map<string, string>()
  const claimed = new Set<string>()
  for (const [id, after] of changes.records) {
    const hostname = known(recordKey(id))?.hostname
    if (hostname !== undefined && hostname !== after?.hostname) given.set(String(hostname), id)
  }
  for (const [id, after] of changes.records) {
    const key = recordKey(id)
    const before = known(key)
    if (after === undefined) act(id, { do: 'delete', key, when: unchanged(before) })
    else put(id, key, recordOf(after, last.get(id) ?? countOf(near, id)))
    // One that is brought back with the history that is here: nobody may have gone on with that meanwhile.
    if (after !== undefined && before === undefined && !last.has(id))
      act(id, { do: 'check', key: entryKey(id, countOf(near, id) + 1), when: absent })
    if (after === undefined || after.hostname === before?.hostname) continue
    const { hostname } = after
    claimed.add(hostname)
    const giver = given.get(hostname)
    const mine: Condition = { absent: true, field: 'system', values: [id, ...(giver ? [giver] : [])] }
    put(id, hostnameKey(hostname), { system: id }, mine)
  }
  for (const [hostname, id] of given)
    if (!claimed.has(hostname))
      act(id, {
        do: 'delete',
        key: hostnameKey(hostname),
        when: { absent: true, field: 'system', values: [id] },
      })
  for (const [id, lease] of changes.leases) put(id, leaseKey(id), leaseOf(lease, known(leaseKey(id)), now))
  // Whoever changes a system proves that nobody took it, or gave it away, since that was looked at.
  if (changes.records.size > 0)
    for (const id of changes.trusted)
      if (!changes.leases.has(id))
        act(id, { do: 'check', key: leaseKey(id), when: unchanged(known(leaseKey(id))) })
  return actions
}

function recordOf(system: System, entries: number): Record<string, string | number> {
  const { hostname, revision, provider, node, type, state } = system
  return {
    ...{ hostname, revision, provider, state, entries, system: JSON.stringify(system) },
    ...(node !== undefined && { node }),
    ...(type !== undefined && { type }),
  }
}

/** A lease as it is kept, or the trace of one that was given back. */
export function leaseOf(
  lease: SystemLease | undefined,
  before: Item | undefined,
  now: number,
): Record<string, string | number> {
  if (lease === undefined)
    return {
      ...{ released: 1, fence: Number(before?.fence ?? 0) },
      expires: Math.ceil((now + tracesKeptMs) / 1000),
    }
  const { owner, purpose, since, until, fence } = lease
  return { owner, purpose, until, fence, ...(since !== undefined && { since }) }
}

function refuseLarge(id: string, hostname: string, item: Item): void {
  const bytes = bytesOf(item)
  if (bytes <= largestItem) return
  const [taken, most] = [bytes, largestItem].map(count => count.toLocaleString('en-US'))
  throw new SystemTooLarge(
    `what is kept of ${hostname} (${id}) takes ${taken} bytes, and an item of the table holds ${most}: keep less in its args, description or problem`,
    { detail: { system: id, bytes, most: largestItem } },
  )
}
