import path from 'node:path'
import { type LoadedConfig, stateFolder } from '../config.ts'

/** Where a bridge and those who work with it keep what they keep. */
export interface BridgePlace {
  readonly folder: string
  /** Who may talk to the bridge. */
  readonly keyring: string
  /** The bridge's own pair of keys. */
  readonly bridgeKey: string
  /** The pair of a relay on this machine. */
  readonly relayKey: string
  /** Our own pair, with which we dial a bridge; the configuration may move it. */
  readonly clientKey: string
  /** The pair by which this machine asks its own bridge how it is. */
  readonly statusKey: string
  /** The folder of the audit log. */
  readonly audit: string
}

/**
 * The files of the bridge in a state folder.
 *
 * @example
 * bridgePlace(await loadConfig()).keyring // '/home/ops/closet/.reops/bridge/keyring.json'
 */
export function bridgePlace(loaded: LoadedConfig): BridgePlace {
  const folder = path.join(stateFolder(loaded), 'bridge')
  const { clientKey } = loaded.config.bridge
  return {
    folder,
    keyring: path.join(folder, 'keyring.json'),
    bridgeKey: path.join(folder, 'bridge.key'),
    relayKey: path.join(folder, 'relay.key'),
    clientKey:
      clientKey === undefined ? path.join(folder, 'client.key') : path.resolve(loaded.folder, clientKey),
    statusKey: path.join(folder, 'status.key'),
    audit: path.join(folder, 'audit'),
  }
}
