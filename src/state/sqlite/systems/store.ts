import process from 'node:process'
import { hostnameOrder } from '../../../core/systems/order.ts'
import type { SystemStore, UnreadableSystem } from '../../../core/systems/store.ts'
import { readRecord } from '../../systems/records.ts'
import { storeOver } from '../../systems/store.ts'
import type { Standing, SystemTables } from '../../systems/tables.ts'
import type { Database } from '../database.ts'
import { openHistories } from './histories.ts'
import { openSystemLeases } from './leases.ts'
import { narrow, narrowing } from './narrow.ts'

export interface SystemStoreOptions {
  /** Hears of a system that a list or an export has to leave out. Otherwise it becomes a warning of the process. */
  readonly onUnreadable?: ((error: UnreadableSystem) => void) | undefined
}

/**
 * Keeps systems in a database, which several processes may have open. Closing the store leaves the database open, for
 * other stores. Rejects with the database's own errors besides those of the contract.
 *
 * @example
 * const store = openSystemStore(openDatabase('.reops/reops.db'))
 * await store.list({ where: 'state', states: ['running'] })
 */
export function openSystemStore(
  database: Database,
  { onUnreadable = error => process.emitWarning(error) }: SystemStoreOptions = {},
): SystemStore {
  const tables = { ...openRecords(database), ...openHistories(database), ...openSystemLeases(database) }
  return storeOver(
    tables,
    {
      read: database.read,
      write: database.write,
      async flush() {
        if (!database.idle) await database.write(() => {})
      },
    },
    onUnreadable,
  )
}

interface Row {
  readonly id: string
  readonly hostname: string
  readonly revision: number
  readonly system: string
}

type RecordTable = Pick<SystemTables, 'system' | 'named' | 'systems' | 'put' | 'drop'>

function openRecords(database: Database): RecordTable {
  const select = 'SELECT id, hostname, revision, system FROM systems WHERE'
  const byId = database.prepare(`${select} id = ?`)
  const byHostname = database.prepare(`${select} hostname = ?`)
  const fitting = database.prepare(`${select} ${narrowing} ORDER BY sorted`)
  const put = database.prepare(
    `INSERT INTO systems (id, hostname, sorted, provider, node, type, state, revision, system)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
     ON CONFLICT (id) DO UPDATE SET
       hostname = excluded.hostname, sorted = excluded.sorted, provider = excluded.provider, node = excluded.node,
       type = excluded.type, state = excluded.state, revision = excluded.revision, system = excluded.system`,
  )
  const remove = database.prepare('DELETE FROM systems WHERE id = ?')
  return {
    system: id => standing(byId.get(id)),
    named: hostname => standing(byHostname.get(hostname)),
    systems: criterion => fitting.all(narrow(criterion)).map(row => standing(row)!),
    put(system) {
      const { id, hostname, provider, node = null, type = null, state, revision } = system
      const sorted = hostnameOrder(hostname)
      put.run(id, hostname, sorted, provider, node, type, state, revision, JSON.stringify(system))
    },
    drop: id => void remove.run(id),
  }
}

function standing(found: unknown): Standing | undefined {
  if (found === undefined) return undefined
  const row = found as Row
  const { id, hostname, revision, system } = row
  return { id, hostname, revision, read: () => readRecord(row, system) }
}
