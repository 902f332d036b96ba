import { type BridgeSettings, bridgeUrl } from '../../core/bridge-settings.ts'
import { InvalidConfig } from '../../core/errors.ts'
import type { LoadedConfig } from '../config.ts'

/** Which bridge is meant, where that is said besides the configuration. `none` is none, whatever is configured. */
export interface ChosenBridge {
  readonly url?: string | undefined
  readonly key?: string | undefined
}

/**
 * The configuration with another bridge, or none, for this time. A relay's key belongs to its address, so it is only good
 * for the address that is configured. Throws `InvalidConfig` for what is no address or no key.
 *
 * @example
 * chooseBridge(loaded, { url: process.env.REOPS_BRIDGE })
 */
export function chooseBridge(loaded: LoadedConfig, { url, key }: ChosenBridge): LoadedConfig {
  if (url === undefined && key === undefined) return loaded
  const { url: usual, key: usualKey, relayKey, ...rest } = loaded.config.bridge
  if (url === 'none') return withBridge(loaded, rest)
  if (url !== undefined && !bridgeUrl.safeParse(url).success)
    throw new InvalidConfig(
      `${JSON.stringify(url)} is no address of a bridge; it is tcp://<host>:<port>, such as tcp://closet.lan:5760, or none`,
    )
  if (key !== undefined && key.length !== 40)
    throw new InvalidConfig(
      `the key of a bridge has 40 characters, as reops keys show prints it there, and this one has ${key.length}; quote it, since shells change some of them`,
    )
  const there = url ?? usual
  return withBridge(loaded, {
    ...rest,
    ...(there === undefined ? {} : { url: there }),
    ...((key ?? usualKey) ? { key: key ?? usualKey } : {}),
    ...(relayKey !== undefined && there === usual ? { relayKey } : {}),
  })
}

function withBridge(loaded: LoadedConfig, bridge: BridgeSettings): LoadedConfig {
  return { ...loaded, config: { ...loaded.config, bridge } }
}
