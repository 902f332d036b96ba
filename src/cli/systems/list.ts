import { hasBridge } from '../../run/bridge/client.ts'
import { type LoadedConfig, stateFolder } from '../../run/config.ts'
import { systemsInCloud } from '../../run/open-systems.ts'
import type { Args } from '../command.ts'
import type { CommandContext } from '../context.ts'
import { configuration } from '../session/configuration.ts'
import { knowsSystems, withKnownSystems } from '../state/systems.ts'
import { findSystems } from './find.ts'
import { type Held, withHolders } from './held.ts'
import type { Selection } from './selection.ts'

/** What the long way has found, and what of the configuration the quick one needs. */
export interface Listed {
  readonly systems: readonly Held[]
  readonly state: string
  /** The configuration, where there is one and the state is here. */
  readonly file: string | undefined
}

/** Finds the systems that are selected; all of them where nothing is said. Looking leaves no database behind. */
export async function listSystems(
  context: CommandContext,
  args: Args,
  selection: Selection,
): Promise<Listed> {
  const loaded = await configuration(context, args)
  const systems = await select(context, loaded, selection)
  const elsewhere = hasBridge(loaded) || systemsInCloud(loaded)
  return { systems, state: stateFolder(loaded), file: elsewhere ? undefined : loaded.file }
}

async function select(
  context: CommandContext,
  loaded: LoadedConfig,
  selection: Selection,
): Promise<readonly Held[]> {
  if (!knowsSystems(loaded) && selection.names.length === 0) return []
  return withKnownSystems(context, loaded, async store => {
    const { systems } = await findSystems(selection, { store, loaded })
    return withHolders(systems, await store.holders(Date.now()))
  })
}
