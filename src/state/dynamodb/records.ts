import type { Criterion } from '../../core/systems/criterion.ts'
import { hostnameOrder } from '../../core/systems/order.ts'
import { listed } from '../systems/listed.ts'
import { readRecord } from '../systems/records.ts'
import type { Standing, SystemTables } from '../systems/tables.ts'
import { filterOf } from './filter.ts'
import type { Item } from './item.ts'
import { histories, hostnameKey, leaseKey, leases, recordKey, records } from './keys.ts'
import { itemOf, itemsOf, rangesOf, Stale, type Turn } from './turn.ts'

type RecordTable = Pick<SystemTables, 'system' | 'named' | 'systems' | 'put' | 'drop'>

/** So many ids are fetched one by one rather than out of all. */
const mostIds = 100

/** Systems and their hostnames. */
export function openRecords(now: () => Turn): RecordTable {
  const system = (id: string): Standing | undefined => {
    const { near, writing } = now()
    const item = itemOf(near, recordKey(id), writing ? [leaseKey(id)] : [])
    return item && toStanding(item)
  }
  return {
    system,
    named(hostname) {
      const { near } = now()
      const known = [...near.items.values()].find(item => item?.pk === records && item.hostname === hostname)
      if (known !== undefined) return toStanding(known)
      const key = hostnameKey(hostname)
      const holder = itemOf(near, key)
      if (holder === undefined) return undefined
      if (holder.import !== undefined && now().writing)
        throw new Stale({ import: String(holder.import), key })
      const id = String(holder.system)
      const standing = () => {
        const found = system(id)
        if (found?.hostname === hostname) return found
        // It was given away between the two reads.
        throw new Stale()
      }
      return {
        ...{ id, hostname },
        get revision() {
          return standing().revision
        },
        read: () => standing().read(),
      }
    },
    systems(criterion) {
      const { near, writing } = now()
      const found = writing ? all(near) : some(near, criterion)
      return found
        .map(toStanding)
        .map(one => ({ one, order: hostnameOrder(one.hostname) }))
        .sort((a, b) => (a.order < b.order ? -1 : 1))
        .map(({ one }) => one)
    },
    put: system => void now().changes.records.set(system.id, system),
    drop: id => void now().changes.records.set(id, undefined),
  }
}

/** Whoever wants all systems in order to write takes in an export, and asks for everything of each. */
function all(near: Turn['near']): readonly Item[] {
  return rangesOf(near, { pk: records }, { pk: histories }, { pk: leases })[0]!
}

function some(near: Turn['near'], criterion: Criterion): readonly Item[] {
  const { ids } = listed(criterion)
  if (ids !== undefined && ids.length <= mostIds)
    return itemsOf(near, [...new Set(ids)].map(recordKey)).filter(item => item !== undefined)
  return rangesOf(near, { pk: records, filter: filterOf(criterion) })[0]!
}

function toStanding(item: Item): Standing {
  const named = { id: item.sk, hostname: String(item.hostname) }
  return { ...named, revision: Number(item.revision), read: () => readRecord(named, String(item.system)) }
}
