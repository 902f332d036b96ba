import type { SystemLease } from '../../../core/systems/store.ts'
import type { SystemTables } from '../../systems/tables.ts'
import type { Database } from '../database.ts'
import { openFences } from '../fences.ts'

type LeaseTable = Pick<SystemTables, 'lease' | 'grant' | 'ungrant' | 'nextFence'>

/** Who holds systems. */
export function openSystemLeases(database: Database): LeaseTable {
  const select = database.prepare('SELECT owner, purpose, until, fence FROM system_leases WHERE system = ?')
  const put = database.prepare(
    `INSERT INTO system_leases (system, owner, purpose, until, fence) VALUES (?, ?, ?, ?, ?)
     ON CONFLICT (system) DO UPDATE SET
       owner = excluded.owner, purpose = excluded.purpose, until = excluded.until, fence = excluded.fence`,
  )
  const remove = database.prepare('DELETE FROM system_leases WHERE system = ?')
  return {
    lease(id) {
      const row = select.get(id) as SystemLease | undefined
      return row && { owner: row.owner, purpose: row.purpose, until: row.until, fence: row.fence }
    },
    grant: (id, { owner, purpose, until, fence }) => void put.run(id, owner, purpose, until, fence),
    ungrant: id => void remove.run(id),
    nextFence: openFences(database),
  }
}
