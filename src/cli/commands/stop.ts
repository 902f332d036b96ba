import type { Args, Flags, Usage } from '../command.ts'
import { bridgeFlags, configFlag, jobFlags, jsonFlag, stopFlags, yesFlag } from '../common-flags.ts'
import type { CommandContext } from '../context.ts'
import { selectionHelp } from '../systems/selection.ts'

export const usage: Usage = {
  ways: ['reops stop <system|condition>… [--grace <time>] [--force] [flags]'],
  about: `Asks their operating systems to shut down. One that has not ended in time fails and goes on running, unless\n--force cuts it off then. On a terminal it asks about systems that conditions choose. Executions are cancelled by\nreops cancel.\n${selectionHelp}`,
  examples: ['reops stop redis-1 redis-2', 'reops stop tagged:staging running --grace 30s --force'],
}

export const options: Flags = {
  ...stopFlags,
  ...yesFlag,
  ...jobFlags,
  ...jsonFlag,
  ...bridgeFlags,
  ...configFlag,
}

/** `reops stop`: stops systems. */
export async function run(context: CommandContext, args: Args): Promise<number> {
  const { stopSystems } = await import('../systems/power.ts')
  return stopSystems(context, args)
}
