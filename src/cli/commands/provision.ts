import type { Args, Flags, Usage } from '../command.ts'
import { bridgeFlags, configFlag, jsonFlag } from '../common-flags.ts'
import type { CommandContext } from '../context.ts'
import { selectionHelp } from '../systems/selection.ts'

export const usage: Usage = {
  ways: ['reops provision <system|condition>… [--plan] [flags]'],
  about: `Goes through the plan of the type of each, after those that it needs, and says what changed. With --plan it changes\nnothing and says what would.\n${selectionHelp}`,
  examples: ['reops provision typed:redis --plan', 'reops provision redis-1'],
}

export const options: Flags = {
  plan: { type: 'boolean', about: 'say what would change, and change nothing' },
  within: { type: 'string', value: '<time>', about: 'for all of it; 4h otherwise' },
  wait: { type: 'string', value: '<time>', about: 'for whoever else is at work on a system; 1m otherwise' },
  timeout: { type: 'string', value: '<time>', about: 'for each step on each system, such as 5m' },
  concurrency: { type: 'string', value: '<n>', about: 'systems at once' },
  quiet: { type: 'boolean', short: 'q', about: 'say only what failed' },
  ...jsonFlag,
  ...bridgeFlags,
  ...configFlag,
}

/** `reops provision`: provisions systems. */
export async function run(context: CommandContext, args: Args): Promise<number> {
  const { provisionSystems } = await import('../systems/provision.ts')
  return provisionSystems(context, args)
}
