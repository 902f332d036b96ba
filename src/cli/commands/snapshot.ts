import type { Args, Flags, Usage } from '../command.ts'
import { bridgeFlags, configFlag, jobFlags, jsonFlag } from '../common-flags.ts'
import type { CommandContext } from '../context.ts'
import { atLeastWords } from '../parse.ts'
import { selectionHelp } from '../systems/selection.ts'

export const usage: Usage = {
  ways: ['reops snapshot <name> <system|condition>… [flags]'],
  about: `Takes them as they are, under a name by which reops revert finds it.\n${selectionHelp}`,
  examples: ['reops snapshot before-upgrade redis-1', 'reops snapshot nightly typed:redis running'],
}

export const options: Flags = {
  ...jobFlags,
  ...jsonFlag,
  ...bridgeFlags,
  ...configFlag,
}

/** `reops snapshot`: takes snapshots of systems. */
export async function run(context: CommandContext, args: Args): Promise<number> {
  atLeastWords('snapshot', args, ['<name>, the name of the snapshot', '<system>'])
  const { snapshotSystems } = await import('../systems/change.ts')
  return snapshotSystems(context, args)
}
