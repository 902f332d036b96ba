import type { Args, Flags, Usage } from '../command.ts'
import { bridgeFlags, configFlag, jobFlags, jsonFlag, readyFlags, yesFlag } from '../common-flags.ts'
import type { CommandContext } from '../context.ts'
import { atLeastWords } from '../parse.ts'
import { selectionHelp } from '../systems/selection.ts'

export const usage: Usage = {
  ways: ['reops revert <name> <system|condition>… [--yes] [flags]'],
  about: `What happened since the snapshot is lost, so it asks; without a terminal it needs --yes. One that ran then runs again.\n${selectionHelp}`,
  examples: ['reops revert before-upgrade redis-1'],
}

export const options: Flags = {
  ...readyFlags,
  ...yesFlag,
  ...jobFlags,
  ...jsonFlag,
  ...bridgeFlags,
  ...configFlag,
}

/** `reops revert`: takes systems back to a snapshot. */
export async function run(context: CommandContext, args: Args): Promise<number> {
  atLeastWords('revert', args, ['<name>, the name of the snapshot', '<system>'])
  const { revertSystems } = await import('../systems/change.ts')
  return revertSystems(context, args)
}
