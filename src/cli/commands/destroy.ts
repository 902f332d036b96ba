import type { Args, Flags, Usage } from '../command.ts'
import { bridgeFlags, configFlag, jobFlags, jsonFlag, yesFlag } from '../common-flags.ts'
import type { CommandContext } from '../context.ts'
import { given } from '../parse.ts'
import { selectionHelp } from '../systems/selection.ts'
import { UsageError } from '../usage-error.ts'

export const usage: Usage = {
  ways: [
    'reops destroy <system|condition>… [--grace <time>] [--yes] [flags]',
    'reops destroy --cloud [--data] [--yes] [flags]',
  ],
  about: `Takes them away with their disks, but for volumes that are kept. It says what goes and asks for the name of the\nsystem to be typed, or for how many there are; without a terminal it needs --yes.\n${selectionHelp}\n\n--cloud takes away what reops deploy made, after the stack’s name was typed. Its table and bucket stay unless --data is given.`,
  examples: ['reops destroy redis-3', 'reops destroy tagged:staging --yes', 'reops destroy --cloud'],
}

export const options: Flags = {
  cloud: { type: 'boolean', about: 'what reops deploy made, instead of systems' },
  data: { type: 'boolean', about: '--cloud: the table and the bucket with all that is in them, too' },
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
  if (given(args, 'cloud')) return (await import('../cloud/deploy/destroy.ts')).destroyCloud(context, args)
  if (given(args, 'data'))
    throw new UsageError('--data is for what was deployed: reops destroy --cloud --data')
  const { destroySystems } = await import('../systems/destroy.ts')
  return destroySystems(context, args)
}
