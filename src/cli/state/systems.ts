import type { SystemStore } from '../../core/systems/store.ts'
import { neutralise } from '../../operations/output/format/index.ts'
import { hasBridge } from '../../run/bridge/client.ts'
import type { KnownSystems } from '../../run/bridge/systems.ts'
import type { LoadedConfig } from '../../run/config.ts'
import { hasSystems, openSystems } from '../../run/open-systems.ts'
import { hostOf } from '../../run/systems/host-of.ts'
import type { CommandContext } from '../context.ts'
import { bridgeOf, withBridge } from '../session/bridge.ts'

/**
 * Opens the systems of a configuration, does something with them, and closes them whatever came of it. `told` counts
 * what had to be said on stderr meanwhile: that a system can't be read, or that the database was set aside.
 */
export async function withSystems<T>(
  { stderr }: Pick<CommandContext, 'stderr'>,
  loaded: LoadedConfig,
  use: (store: SystemStore, told: () => number) => Promise<T>,
): Promise<T> {
  let told = 0
  const store = await openSystems(loaded, text => {
    told++
    stderr.write(`reops: ${neutralise(text)}\n`)
  })
  try {
    return await use(store, () => told)
  } finally {
    await store.close()
  }
}

/** Whether there are systems to be looked for: a bridge and the cloud have a store, and here is one once something was kept. */
export function knowsSystems(loaded: LoadedConfig): boolean {
  return hasBridge(loaded) || hasSystems(loaded)
}

/** Lets systems be looked at, wherever they are kept: by the bridge, or here. */
export async function withKnownSystems<T>(
  context: CommandContext,
  loaded: LoadedConfig,
  use: (systems: KnownSystems) => Promise<T>,
): Promise<T> {
  const bridge = bridgeOf(context, loaded)
  if (bridge !== undefined) {
    const { bridgeSystems } = await import('../../run/bridge/systems.ts')
    return withBridge(context, loaded, bridge, asking => use(bridgeSystems(asking)))
  }
  return withSystems(context, loaded, store =>
    use({ ...store, hostOf: system => hostOf(system, loaded.config) }),
  )
}
