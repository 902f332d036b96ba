import process from 'node:process'
import { AwsDenied } from '../../core/aws-errors/errors.ts'
import { once } from '../../core/once.ts'
import type { SystemStore, UnreadableSystem } from '../../core/systems/store.ts'
import { storeOver } from '../systems/store.ts'
import { type ConnectOptions, connect } from './connect.ts'
import { openHistories } from './histories.ts'
import { type ImportParts, resolveImports } from './import/resolve.ts'
import { openLeases } from './leases.ts'
import { openRecords } from './records.ts'
import { openWork } from './work.ts'

export interface DynamoOptions extends ConnectOptions {
  /** Hears of a system that a list or an export has to leave out. Otherwise it becomes a warning of the process. */
  readonly onUnreadable?: ((error: UnreadableSystem) => void) | undefined
}

/**
 * Keeps systems in a table of DynamoDB, which the cloud, a bridge and people may have open at once. Nobody is asked, and
 * no credentials are looked for, before the first use. Every read sees what was written before it; leases go by the
 * callers' clocks, and fences keep those whose clocks differ from each other. Rejects with `TableMissing`,
 * `SystemTooLarge`, `InvalidConfig` for no region, and the errors of AWS (core/aws-errors) besides those of the contract.
 *
 * @example
 * const store = await openDynamoSystems({ table: 're-ops-state', region: 'eu-central-1' })
 * await store.list({ where: 'state', states: ['running'] })
 */
export async function openDynamoSystems(options: DynamoOptions): Promise<SystemStore> {
  const { onUnreadable = (error: UnreadableSystem) => process.emitWarning(error) } = options
  const { table, clock, pause } = await connect(options)
  const parts = { table, clock, pause, onUnreadable }
  const { turns, now } = openWork({ ...parts, ready: once(() => putRight(parts)) })
  const tables = { ...openRecords(now), ...openHistories(now), ...openLeases(now) }
  // What a list leaves out is told when the list has come about: work may be run more than once.
  const store = storeOver(tables, turns, error => void now().heard.push(error))
  return {
    ...store,
    async close() {
      await store.close()
      table.close()
    },
  }
}

/** Who may only read goes on without: what an import left is put right by the next one who may write. */
async function putRight(parts: ImportParts): Promise<void> {
  try {
    await resolveImports(parts)
  } catch (thrown) {
    if (!(thrown instanceof AwsDenied)) throw thrown
  }
}
