import type { ScheduleStore } from '../core/schedule/kept.ts'
import type { LoadedConfig } from './config.ts'
import { openOnDatabase } from './shared-database.ts'

/**
 * Opens what schedules have done, and makes the database where there is none; closing closes that too, unless others share
 * it. `say` hears that it was damaged and set aside. Throws the database's own errors.
 */
export async function openSchedules(
  loaded: LoadedConfig,
  say?: (text: string) => void,
): Promise<ScheduleStore> {
  const { openScheduleStore } = await import('../state/sqlite/schedules/store.ts')
  return openOnDatabase(loaded, say, openScheduleStore)
}
