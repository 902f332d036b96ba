import type { ChosenBridge } from '../../run/bridge/chosen.ts'
import type { Args } from '../command.ts'
import type { CommandContext } from '../context.ts'
import { text } from '../parse.ts'

/** What the flags and the environment say of the bridge, besides the configuration. */
export function chosenBridge({ env }: Pick<CommandContext, 'env'>, args: Args): ChosenBridge {
  return { url: text(args, 'bridge') ?? (env.REOPS_BRIDGE || undefined), key: text(args, 'bridge-key') }
}
