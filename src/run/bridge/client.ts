import path from 'node:path'
import type { BridgePort } from '../../core/bridge.ts'
import { InvalidConfig } from '../../core/errors.ts'
import { openSpillFolder } from '../../state/spill-folder.ts'
import { type LoadedConfig, stateFolder } from '../config.ts'
import { bridgePlace } from './place.ts'

/** Whether the closet's work is done by a bridge. */
export function hasBridge({ config }: LoadedConfig): boolean {
  return config.bridge.url !== undefined
}

/**
 * The bridge of a configuration; nothing where none is. It is dialled at the first task, and our pair of keys is made then
 * where there is none. Throws `InvalidConfig` when its key is not known; its promises reject with `KeyFileTrouble` besides
 * what bridges reject with.
 */
export function configuredBridge(loaded: LoadedConfig): BridgePort | undefined {
  const { url, key, relayKey } = loaded.config.bridge
  if (url === undefined) return undefined
  if (key === undefined)
    throw new InvalidConfig(
      `the bridge at ${url} is used, and its key is not known, so that anybody could pass for it: reops keys show prints it on its machine; give it as bridge.key in reops.config.ts, or by --bridge-key`,
    )
  const open = async (): Promise<BridgePort> => {
    // ZeroMQ is only loaded by what needs it, and so is all that goes with it.
    const [{ openBridgeClient }, { dial }, { keepKeyFile }, { systemClock }] = await Promise.all([
      import('../../transports/zeromq/client/index.ts'),
      import('../../transports/zeromq/dial.ts'),
      import('../../transports/zeromq/key-file.ts'),
      import('../../executor/index.ts'),
    ])
    const { publicKey, secretKey } = keepKeyFile(bridgePlace(loaded).clientKey)
    const access = { url, serverKey: relayKey ?? key, farKey: key, keys: { publicKey, secretKey } }
    return openBridgeClient({
      url,
      dial: listener => dial({ ...access, purpose: 'jobs' }, listener),
      clock: systemClock,
      store: openSpillFolder(path.join(stateFolder(loaded), 'spilled')),
    })
  }
  return lazyBridge(open)
}

/** A bridge that is opened when it is given its first task. */
function lazyBridge(open: () => Promise<BridgePort>): BridgePort {
  let opened: Promise<BridgePort> | undefined
  return {
    answer: async (request, call) => {
      opened ??= open()
      return (await opened).answer(request, call)
    },
    close: async () => {
      const last = opened
      opened = undefined
      await (await last?.catch(() => undefined))?.close()
    },
  }
}
