import type { SystemLease } from '../../../core/systems/store.ts'
import type { SystemTables } from '../../systems/tables.ts'
import type { Database } from '../database.ts'
import { openFences } from '../fences.ts'

type LeaseTable = Pick<SystemTables, 'lease' | 'leases' | 'grant' | 'ungrant' | 'nextFence'>

interface Row {
  readonly system: string
  readonly owner: string
  readonly purpose: string
  readonly since: number | null
  readonly until: number
  readonly fence: number
}

/** Who holds systems. */
export function openSystemLeases(database: Database): LeaseTable {
  const select = database.prepare('SELECT * FROM system_leases WHERE system = ?')
  const put = database.prepare(
    `INSERT INTO system_leases (system, owner, purpose, since, until, fence) VALUES (?, ?, ?, ?, ?, ?)
     ON CONFLICT (system) DO UPDATE SET owner = excluded.owner, purpose = excluded.purpose,
       since = excluded.since, until = excluded.until, fence = excluded.fence`,
  )
  const remove = database.prepare('DELETE FROM system_leases WHERE system = ?')
  return {
    lease(id) {
      const row = select.get(id) as Row | undefined
      return row && leaseOf(row)
    },
    leases: now => goodLeases(database, now),
    grant: (id, { owner, purpose, since = null, until, fence }) =>
      void put.run(id, owner, purpose, since, until, fence),
    ungrant: id => void remove.run(id),
    nextFence: openFences(database),
  }
}

/** The leases that are still good, by system. */
export function goodLeases(database: Database, now: number): ReadonlyMap<string, SystemLease> {
  const rows = database.prepare('SELECT * FROM system_leases WHERE until > ?').all(now) as unknown as Row[]
  return new Map(rows.map(row => [row.system, leaseOf(row)]))
}

function leaseOf({ owner, purpose, since, until, fence }: Row): SystemLease {
  return { owner, purpose, ...(since === null ? {} : { since }), until, fence }
}
