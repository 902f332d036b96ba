import type { Args, Flags, Usage } from '../command.ts'
import { configFlag } from '../common-flags.ts'
import type { CommandContext } from '../context.ts'
import { selectionHelp } from '../systems/selection.ts'

export const usage: Usage = {
  ways: ['reops list [<system|condition>…] [--wide] [--refresh] [flags]'],
  about: `What is known of them here; --refresh asks their providers first.\n${selectionHelp}`,
  examples: [
    'reops list',
    'reops list running typed:redis not:tagged:web',
    'reops list redis-[1-3] --wide',
    'reops list on:big-iron --json',
  ],
}

export const options: Flags = {
  refresh: { type: 'boolean', about: 'ask the providers how they stand first, as reops sync does' },
  wide: { type: 'boolean', short: 'w', about: 'more of each, and nothing cut' },
  json: { type: 'boolean', about: 'one JSON document' },
  ...configFlag,
}

/** `reops list`: lists systems. */
export async function run(context: CommandContext, args: Args): Promise<number> {
  const { listSystems } = await import('../systems/list.ts')
  return listSystems(context, args)
}
