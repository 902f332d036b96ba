import type { Args, Flags, Usage } from '../command.ts'
import { bridgeFlags, configFlag, jsonFlag } from '../common-flags.ts'
import type { CommandContext } from '../context.ts'
import { expectWords } from '../parse.ts'

export const usage: Usage = {
  ways: ['reops sync [--on <node>] [--provider <provider>] [flags]'],
  about:
    'Asks providers for what they have. Machines that carry our description and are not known here are taken in, so that a\nlost store is built again; states and addresses are brought up to date; those that are gone are missing from then on.',
  examples: ['reops sync', 'reops sync --on big-iron', 'reops sync --strangers --json'],
}

export const options: Flags = {
  on: { type: 'string', value: '<node>', about: 'only of this node' },
  provider: { type: 'string', value: '<provider>', about: 'only of this provider, such as kvm' },
  strangers: { type: 'boolean', about: 'name machines that nobody of us made, too' },
  timeout: { type: 'string', value: '<time>', about: 'for each node, such as 30s' },
  quiet: { type: 'boolean', short: 'q', about: 'say only what failed' },
  ...jsonFlag,
  ...bridgeFlags,
  ...configFlag,
}

/** `reops sync`: makes the store say what the providers have. */
export async function run(context: CommandContext, args: Args): Promise<number> {
  expectWords('sync', args, [])
  const { syncAll } = await import('../systems/sync.ts')
  return syncAll(context, args)
}
