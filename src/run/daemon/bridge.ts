import type { Json } from '../../core/json.ts'
import type { Clock } from '../../core/ports.ts'
import type { LoadedConfig } from '../config.ts'
import type { BridgePart, OpenBridge } from '../root.ts'
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

/** The bridge in this process, as its executor sees it. */
export interface BridgeHere {
  readonly clock: Clock
  /** The bridge, while it is up. */
  opened(): BridgePart | undefined
  /** Why it is not. */
  problem(): string
}

/** The part that is the bridge of this machine. */
export interface BridgeOfDaemon extends Part, BridgeHere {
  /** Takes no more jobs, and lets those at work end. The agents stay, for what the executor is at. */
  drain(): Promise<void>
}

/** The part that is the bridge of this machine. */
export function createBridgePart({ loaded, load, clock, drainMs, say }: BridgeOptions): BridgeOfDaemon {
  let bridge: BridgePart | undefined
  const open = async () => {
    const { openBridge } = await load()
    const opened = await openBridge({ loaded, say: text => say(`bridge: ${text}`) })
    bridge = opened
    return {
      status: () => opened.status() as unknown as { readonly [key: string]: Json },
      troubles: () => opened.status().troubles.map(trouble => `bridge: ${trouble}`),
      close: () => {
        bridge = undefined
        return opened.end(drainMs)
      },
    }
  }
  const part = healing('the bridge', open, { clock, say })
  return {
    ...part,
    clock,
    opened: () => bridge,
    problem: () => part.troubles()[0] ?? 'it is being opened, or ends',
    async drain() {
      try {
        await bridge?.drain(drainMs)
      } catch (thrown) {
        say(`bridge: its jobs are not drained: ${(thrown as Error).message}`)
      }
    },
  }
}
