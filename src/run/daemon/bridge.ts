import type { Json } from '../../core/json.ts'
import type { Clock } from '../../core/ports.ts'
import type { LoadedConfig } from '../config.ts'
import type { OpenBridge } from '../root.ts'
import { healing } from './healing.ts'
import type { Part } from './part.ts'

interface BridgeOptions {
  readonly loaded: LoadedConfig
  /** The bridge is a root, and handed over by whoever starts the daemon. */
  readonly load: () => Promise<{ readonly openBridge: OpenBridge }>
  readonly clock: Clock
  /** Milliseconds that its jobs have to end. */
  readonly drainMs: number
  say(text: string): void
}

/** The part that is the bridge of this machine. */
export function createBridgePart({ loaded, load, clock, drainMs, say }: BridgeOptions): Part {
  const open = async () => {
    const { openBridge } = await load()
    const bridge = await openBridge({ loaded, say: text => say(`bridge: ${text}`) })
    return {
      status: () => bridge.status() as unknown as { readonly [key: string]: Json },
      troubles: () => bridge.status().troubles.map(trouble => `bridge: ${trouble}`),
      close: () => bridge.end(drainMs),
    }
  }
  return healing('the bridge', open, { clock, say })
}
