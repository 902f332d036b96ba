import * as z from 'zod'
import { explainIssues } from '../../core/errors.ts'
import type { SystemLease } from '../../core/systems/store.ts'
import { unreadable } from '../systems/records.ts'
import type { SystemTables } from '../systems/tables.ts'
import type { Item } from './item.ts'
import { fenceKey, leaseKey, leases } from './keys.ts'
import { Far, itemOf, rangesOf, Stale, type Turn } from './turn.ts'

type LeaseTable = Pick<SystemTables, 'lease' | 'leases' | 'grant' | 'ungrant' | 'nextFence'>

const leaseSchema: z.ZodType<SystemLease> = z.object({
  owner: z.string(),
  purpose: z.string(),
  since: z.number().optional(),
  until: z.number(),
  fence: z.number(),
})

/**
 * Who holds systems. One that is given back stays as an item that says so: it has another stamp than any before, so
 * whoever drew a lower fence before it was taken is refused afterwards.
 */
export function openLeases(now: () => Turn): LeaseTable {
  return {
    lease(id) {
      const { near, writing, changes } = now()
      const key = leaseKey(id)
      const item = itemOf(near, key)
      if (writing) changes.trusted.add(id)
      // An import goes to its end, or is given up, before anybody else changes what it touches.
      if (writing && item?.import !== undefined) throw new Stale({ import: String(item.import), key })
      return item && toLease(item)
    },
    leases(time) {
      const filter = { text: '#until > :now', names: { '#until': 'until' }, values: { ':now': time } }
      const [held] = rangesOf(now().near, { pk: leases, filter })
      return new Map(
        held!.flatMap(item => {
          const lease = toLease(item)
          return lease === undefined ? [] : [[item.sk, lease] as const]
        }),
      )
    },
    grant: (id, lease) => void now().changes.leases.set(id, lease),
    ungrant: id => void now().changes.leases.set(id, undefined),
    nextFence() {
      const { fence } = now().near
      if (fence !== undefined) return fence
      throw new Far(async (table, near) => {
        near.fence = await table.count(fenceKey)
      })
    },
  }
}

/** A lease of an import that is not decided yet counts like others where somebody only looks. */
function toLease(item: Item): SystemLease | undefined {
  if (item.released !== undefined) return undefined
  const parsed = leaseSchema.safeParse(item)
  if (parsed.success) return parsed.data
  throw unreadable(item.sk, 'who holds a system', explainIssues(parsed.error.issues), parsed.error)
}
