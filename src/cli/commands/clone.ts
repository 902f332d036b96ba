import type { Args, Flags, Usage } from '../command.ts'
import { bridgeFlags, configFlag, jobFlags, jsonFlag, readyFlags, yesFlag } from '../common-flags.ts'
import type { CommandContext } from '../context.ts'
import { atLeastWords } from '../parse.ts'
import { selectionHelp } from '../systems/selection.ts'

export const usage: Usage = {
  ways: ['reops clone <system|condition>… <name> [flags]'],
  about: `Copies its disks as they are; several clones are called <name>-1, <name>-2 and so on.\n${selectionHelp}`,
  examples: ['reops clone redis-1 redis-test'],
}

export const options: Flags = {
  'no-start': { type: 'boolean', about: 'leave the clones stopped' },
  ...readyFlags,
  ...yesFlag,
  ...jobFlags,
  ...jsonFlag,
  ...bridgeFlags,
  ...configFlag,
}

/** `reops clone`: clones systems. */
export async function run(context: CommandContext, args: Args): Promise<number> {
  atLeastWords('clone', args, ['<system>', '<name>, the name of the clone'])
  const { cloneSystems } = await import('../systems/change.ts')
  return cloneSystems(context, args)
}
