import path from 'node:path'
import type { BridgePort } from '../../core/bridge.ts'
import type { Asking } from '../../run/bridge/ask.ts'
import { configuredBridge, hasBridge } from '../../run/bridge/client.ts'
import { type LoadedConfig, stateFolder } from '../../run/config.ts'
import { openSpillFolder } from '../../state/spill-folder.ts'
import type { CommandContext } from '../context.ts'
import { UsageError } from '../usage-error.ts'
import { watchInterrupts } from './interrupts.ts'

/** The bridge that works for us, if one does. Throws `InvalidConfig` when its key is not known. */
export function bridgeOf(
  { bridge }: Pick<CommandContext, 'bridge'>,
  loaded: LoadedConfig,
): BridgePort | undefined {
  if (!hasBridge(loaded)) return undefined
  return bridge === undefined ? configuredBridge(loaded) : bridge(loaded)
}

/** What a bridge is asked with, besides the bridge. */
export function askingOf(loaded: LoadedConfig, bridge: BridgePort, signal: AbortSignal): Asking {
  return { bridge, signal, store: openSpillFolder(path.join(stateFolder(loaded), 'spilled')) }
}

/** Lets a bridge be asked, and lets go of it whatever came of that. Ctrl-C ends the asking. */
export async function withBridge<T>(
  context: CommandContext,
  loaded: LoadedConfig,
  bridge: BridgePort,
  use: (asking: Asking) => Promise<T>,
): Promise<T> {
  const interrupts = watchInterrupts(context, text => void context.stderr.write(`reops: ${text}\n`))
  try {
    return await use(askingOf(loaded, bridge, interrupts.signal))
  } finally {
    await bridge.close()
    interrupts.stop()
  }
}

/** Refuses what has to be done on the machine where the systems are. `instead` says what else there is to do. */
export function refuseBridge(loaded: LoadedConfig, what: string, instead: string): void {
  const { url } = loaded.config.bridge
  if (url === undefined) return
  throw new UsageError(
    `${what} does not go through a bridge, and the one at ${url} is used: ${instead}. --bridge none means this machine's own`,
  )
}
