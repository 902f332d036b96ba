import { configSchema } from '../../core/config.ts'
import { chooseBridge } from '../../run/bridge/chosen.ts'
import { type LoadedConfig, loadConfig } from '../../run/config.ts'
import type { Args } from '../command.ts'
import type { CommandContext } from '../context.ts'
import { chosenBridge } from './chosen-bridge.ts'
import { configPlace } from './config-place.ts'

/** The configuration that a command works with; the defaults where there is none. Throws `InvalidConfig`. */
export async function configuration(context: CommandContext, args: Args): Promise<LoadedConfig> {
  const file = configPlace(context, args)
  const loaded =
    file === undefined
      ? { config: configSchema.parse({}), folder: context.cwd, file: undefined }
      : await loadConfig(file)
  return chooseBridge(loaded, chosenBridge(context, args))
}
