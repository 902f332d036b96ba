import type { ReadingStore } from '../core/readings.ts'
import type { WatchStore } from '../core/watches/state.ts'
import type { LoadedConfig } from './config.ts'
import { openOnDatabase } from './shared-database.ts'

/** What is kept of sensors and watches in a state folder. */
export interface KeptTriggers {
  readonly readings: ReadingStore
  readonly watches: WatchStore
  close(): Promise<void>
}

/**
 * Opens what is kept of sensors and watches, and makes the database where there is none; closing closes that too, unless
 * others share it. `say` hears that it was damaged and set aside. Throws the database's own errors.
 */
export async function openTriggers(
  loaded: LoadedConfig,
  say?: (text: string) => void,
): Promise<KeptTriggers> {
  const { openReadingStore } = await import('../state/sqlite/readings/store.ts')
  const { openWatchStore } = await import('../state/sqlite/watches/store.ts')
  return openOnDatabase(loaded, say, database => {
    const readings = openReadingStore(database)
    const watches = openWatchStore(database)
    return {
      readings,
      watches,
      close: async () => {
        await readings.close()
        await watches.close()
      },
    }
  })
}
