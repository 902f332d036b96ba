import { hostnameOrder } from '../../core/systems/order.ts'
import type { ChangeEntry, SystemLease, SystemStore } from '../../core/systems/store.ts'
import type { System } from '../../core/systems/system.ts'
import { readRecord } from '../systems/records.ts'
import { storeOver } from '../systems/store.ts'
import type { Standing, SystemTables } from '../systems/tables.ts'

/**
 * Keeps systems in memory, for tests and for whoever wants to keep nothing. The contract is the store's, but for what
 * survives the process: nothing.
 *
 * @example
 * const store = openMemorySystemStore()
 * await store.list() // []
 */
export function openMemorySystemStore(): SystemStore {
  const turns = { read: <T>(work: () => T) => work(), write: async <T>(work: () => T) => work() }
  return storeOver(openTables(), { ...turns, flush: async () => {} }, error => {
    throw error
  })
}

function openTables(): SystemTables {
  // As text: nobody can change what is kept by changing what they gave or got.
  const systems = new Map<string, Pick<System, 'id' | 'hostname' | 'revision'> & { readonly text: string }>()
  const histories = new Map<string, readonly string[]>()
  const leases = new Map<string, SystemLease>()
  let lastFence = 0

  const standing = (id: string): Standing | undefined => {
    const kept = systems.get(id)
    return kept && { ...kept, read: () => readRecord(kept, kept.text) }
  }
  const all = () => [...systems.keys()].map(id => standing(id)!)
  const historyOf = (id: string) => (histories.get(id) ?? []).map(text => JSON.parse(text) as ChangeEntry)
  const rewrite = (id: string, history: readonly ChangeEntry[]) =>
    void histories.set(
      id,
      history.map(entry => JSON.stringify(entry)),
    )
  return {
    system: standing,
    named: hostname => all().find(one => one.hostname === hostname),
    systems: () =>
      all().sort((one, other) => compare(hostnameOrder(one.hostname), hostnameOrder(other.hostname))),
    put(system) {
      const { id, hostname, revision } = system
      systems.set(id, { id, hostname, revision, text: JSON.stringify(system) })
    },
    drop: id => void systems.delete(id),
    history: id => (id === undefined ? [...histories.keys()].sort().flatMap(historyOf) : historyOf(id)),
    record: entry => rewrite(entry.system, [...historyOf(entry.system), entry]),
    rewrite,
    lease: id => leases.get(id),
    leases: now => new Map([...leases].filter(([, { until }]) => until > now)),
    grant: (id, lease) => void leases.set(id, lease),
    ungrant: id => void leases.delete(id),
    nextFence: () => ++lastFence,
  }
}

function compare(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0
}
