import { type AwsSettings, clientOptions } from '../core/aws.ts'
import type { SystemStore } from '../core/systems/store.ts'
import type { LoadedConfig } from './config.ts'
import { hasState, openOnDatabase } from './shared-database.ts'

/**
 * Opens the systems of a configuration: those of the stack's table where `aws.systems` says `cloud`, or else of the state
 * folder, whose database is made where there is none; closing the store closes that too, unless others share it. `say`
 * hears what a person has to know: that the database was damaged and set aside, or that a system can't be read; otherwise
 * it becomes a warning of the process. Throws the database's own errors, such as `DatabaseNewer`; the table's come with
 * its first use, such as `TableMissing`.
 *
 * @example
 * const store = await openSystems(await loadConfig())
 * const systems = await store.list()
 * await store.close()
 */
export async function openSystems(loaded: LoadedConfig, say?: (text: string) => void): Promise<SystemStore> {
  const heard = say && { onUnreadable: ({ message }: Error) => say(message) }
  if (systemsInCloud(loaded)) {
    const { aws } = loaded.config
    const { openDynamoSystems } = await import('../state/dynamodb/index.ts')
    return openDynamoSystems({ ...clientOptions(aws, 'dynamodb'), table: tableOf(aws), ...heard })
  }
  const { openSystemStore } = await import('../state/sqlite/systems/store.ts')
  return openOnDatabase(loaded, say, database => openSystemStore(database, heard))
}

/** Whether systems are kept in the stack's table, whatever the state folder holds. */
export function systemsInCloud({ config }: LoadedConfig): boolean {
  return config.aws.systems === 'cloud'
}

/** Whether there may be systems: looking for them leaves no database behind where there is none. */
export function hasSystems(loaded: LoadedConfig): boolean {
  return systemsInCloud(loaded) || hasState(loaded)
}

/** The stack's table. */
function tableOf({ stack }: Pick<AwsSettings, 'stack'>): string {
  return `${stack}-state`
}
