import type { Args, Flags, Usage } from '../command.ts'
import { bridgeFlags, configFlag, jobFlags, jsonFlag, yesFlag } from '../common-flags.ts'
import type { CommandContext } from '../context.ts'
import { selectionHelp } from '../systems/selection.ts'

export const usage: Usage = {
  ways: ['reops resize <system|condition>… [--cpu <n>] [--ram <size>] [--disk <size>] [flags]'],
  about: `Whether that is possible while they run, their provider says. Disks only grow.\n${selectionHelp}`,
  examples: ['reops resize redis-1 --cpu 4 --ram 8G'],
}

export const options: Flags = {
  cpu: { type: 'string', value: '<n>', about: 'processors' },
  ram: { type: 'string', value: '<size>', about: 'memory: MiB, or 4G' },
  disk: { type: 'string', value: '<size>', about: 'its own disk: GiB, or 1T' },
  ...yesFlag,
  ...jobFlags,
  ...jsonFlag,
  ...bridgeFlags,
  ...configFlag,
}

/** `reops resize`: gives systems other sizes. */
export async function run(context: CommandContext, args: Args): Promise<number> {
  const { resizeSystems } = await import('../systems/change.ts')
  return resizeSystems(context, args)
}
