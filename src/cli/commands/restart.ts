import type { Args, Flags, Usage } from '../command.ts'
import {
  bridgeFlags,
  configFlag,
  jobFlags,
  jsonFlag,
  readyFlags,
  stopFlags,
  yesFlag,
} from '../common-flags.ts'
import type { CommandContext } from '../context.ts'
import { selectionHelp } from '../systems/selection.ts'

export const usage: Usage = {
  ways: ['reops restart <system|condition>… [flags]'],
  about: `Gracefully, as reops stop, and waits until each answers SSH again; one that is stopped is started.\n${selectionHelp}`,
  examples: ['reops restart redis-1', 'reops restart on:big-iron running --per-node 1'],
}

export const options: Flags = {
  ...stopFlags,
  ...readyFlags,
  ...yesFlag,
  ...jobFlags,
  ...jsonFlag,
  ...bridgeFlags,
  ...configFlag,
}

/** `reops restart`: restarts systems. */
export async function run(context: CommandContext, args: Args): Promise<number> {
  const { restartSystems } = await import('../systems/power.ts')
  return restartSystems(context, args)
}
