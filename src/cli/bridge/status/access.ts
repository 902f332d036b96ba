import { BridgeUnreachable } from '../../../core/bridge.ts'
import { InvalidConfig } from '../../../core/errors.ts'
import { readKeyring } from '../../../run/bridge/keyring/file.ts'
import { addKey } from '../../../run/bridge/keyring/keys.ts'
import { isLive } from '../../../run/bridge/keyring/schema.ts'
import { bridgePlace } from '../../../run/bridge/place.ts'
import type { LoadedConfig } from '../../../run/config.ts'
import { KeyFileTrouble, keepKeyFile, readKeyFile } from '../../../transports/zeromq/key-file.ts'
import type { KeyPair } from '../../../transports/zeromq/keys.ts'

/** Whom to ask, and as whom. */
export interface Access {
  readonly url: string
  readonly serverKey: string
  readonly farKey: string
  readonly keys: KeyPair
  /** The key was let in just now, and the bridge may not have heard of it yet. */
  readonly fresh: boolean
}

/** What the keyring calls whoever asks the bridge of its own machine how it is. */
const ownName = 'local-status'

/**
 * The bridge of the configuration, or else that of this machine. To ask the latter takes no preparation: whoever may write
 * its keyring may read its status anyway, so a key that may read is let in for it.
 */
export async function accessOf(loaded: LoadedConfig): Promise<Access> {
  const { url, key, relayKey, listen } = loaded.config.bridge
  const place = bridgePlace(loaded)
  if (url !== undefined) {
    if (key === undefined)
      throw new InvalidConfig(
        `bridge.url is ${url} and bridge.key is missing; reops keys show prints it over there`,
      )
    return { url, serverKey: relayKey ?? key, farKey: key, keys: readKeyFile(place.clientKey), fresh: false }
  }
  const publicKey = ownBridge(place.bridgeKey)
  const { made: _made, ...keys } = keepKeyFile(place.statusKey)
  const known = readKeyring(place.keyring).keys.some(entry => isLive(entry) && entry.key === keys.publicKey)
  if (!known) await addKey(place.keyring, { key: keys.publicKey, name: ownName, role: 'read' })
  return { url: localUrl(listen.jobs), serverKey: publicKey, farKey: publicKey, keys, fresh: !known }
}

function ownBridge(file: string): string {
  try {
    return readKeyFile(file).publicKey
  } catch (error) {
    if (!(error instanceof KeyFileTrouble) || error.detail.code !== 'ENOENT') throw error
    throw new BridgeUnreachable(
      'there is no bridge on this machine, and the configuration names none: reops bridge starts one here, and ' +
        'bridge: { url, key } in reops.config.ts says where another is',
      { cause: error },
    )
  }
}

/** An endpoint as it is dialled from the same machine. */
function localUrl(endpoint: string): string {
  if (endpoint.endsWith(':*'))
    throw new InvalidConfig(
      `bridge.listen.jobs is ${endpoint}: a bridge on any port is only found by bridge.url`,
    )
  return endpoint
    .replace('//*:', '//127.0.0.1:')
    .replace('//0.0.0.0:', '//127.0.0.1:')
    .replace('//[::]:', '//[::1]:')
}
