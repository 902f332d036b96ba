import type { Args, Flags, Usage } from '../command.ts'
import { bridgeFlags, configFlag, jobFlags, jsonFlag, readyFlags, yesFlag } from '../common-flags.ts'
import type { CommandContext } from '../context.ts'
import { selectionHelp } from '../systems/selection.ts'

export const usage: Usage = {
  ways: ['reops repair <system|condition>… [--forget] [flags]'],
  about: `What was being made is made or taken over as it is found, what was being destroyed is destroyed, and of anything else\nits provider is asked for the truth.\n${selectionHelp}`,
  examples: ['reops repair redis-1', 'reops repair state:missing --forget'],
}

export const options: Flags = {
  forget: { type: 'boolean', about: 'forget those that their providers do not know any more' },
  ...readyFlags,
  ...yesFlag,
  ...jobFlags,
  ...jsonFlag,
  ...bridgeFlags,
  ...configFlag,
}

/** `reops repair`: goes on with what was left half done. */
export async function run(context: CommandContext, args: Args): Promise<number> {
  const { repairSystems } = await import('../systems/change.ts')
  return repairSystems(context, args)
}
