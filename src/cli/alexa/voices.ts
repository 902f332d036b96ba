import type { LoadedConfig } from '../../run/config.ts'
import { loadExports, loadFlows } from '../../run/flows.ts'
import { voicesIn } from '../../run/voices-in.ts'
import { UsageError } from '../usage-error.ts'

/** The voices of a project, by their intents. Throws `UsageError` where there is none. */
export async function voicesOf(loaded: LoadedConfig): Promise<ReturnType<typeof voicesIn>> {
  const voices = voicesIn(await loadExports(loaded), await loadFlows(loaded))
  if (voices.size > 0) return voices
  throw new UsageError(
    `${loaded.config.flows} exports no voice; voice('plex on', plexOn) declares one, beside its flow`,
  )
}
