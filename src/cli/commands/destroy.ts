import type { Args, Flags, Usage } from '../command.ts'
import { bridgeFlags, configFlag, jobFlags, jsonFlag, yesFlag } from '../common-flags.ts'
import type { CommandContext } from '../context.ts'
import { selectionHelp } from '../systems/selection.ts'

export const usage: Usage = {
  ways: ['reops destroy <system|condition>… [--grace <time>] [--yes] [flags]'],
  about: `Takes them away with their disks, but for volumes that are kept. It says what goes and asks for the name of the\nsystem to be typed, or for how many there are; without a terminal it needs --yes.\n${selectionHelp}`,
  examples: ['reops destroy redis-3', 'reops destroy tagged:staging --yes'],
}

export const options: Flags = {
  grace: {
    type: 'string',
    value: '<time>',
    about: 'to end by itself; 30s where a volume is kept, none otherwise',
  },
  ...yesFlag,
  ...jobFlags,
  ...jsonFlag,
  ...bridgeFlags,
  ...configFlag,
}

/** `reops destroy`: destroys systems. */
export async function run(context: CommandContext, args: Args): Promise<number> {
  const { destroySystems } = await import('../systems/destroy.ts')
  return destroySystems(context, args)
}
