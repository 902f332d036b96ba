import type { Args, Flags, Usage } from '../command.ts'
import { bridgeFlags, configFlag, jobFlags, jsonFlag, readyFlags } from '../common-flags.ts'
import type { CommandContext } from '../context.ts'
import { selectionHelp } from '../systems/selection.ts'

export const usage: Usage = {
  ways: ['reops start <system|condition>… [flags]'],
  about: `Waits until each runs, has an address and answers SSH.\n${selectionHelp}`,
  examples: ['reops start redis-1', 'reops start typed:redis stopped'],
}

export const options: Flags = { ...readyFlags, ...jobFlags, ...jsonFlag, ...bridgeFlags, ...configFlag }

/** `reops start`: starts systems. */
export async function run(context: CommandContext, args: Args): Promise<number> {
  const { startSystems } = await import('../systems/power.ts')
  return startSystems(context, args)
}
