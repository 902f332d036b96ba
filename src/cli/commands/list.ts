import type { Args, Flags, Usage } from '../command.ts'
import { bridgeFlags, configFlag } from '../common-flags.ts'
import type { CommandContext } from '../context.ts'
import { given } from '../parse.ts'
import { parseSelection, type Selection, selectionHelp } from '../systems/selection.ts'

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
  ...bridgeFlags,
  ...configFlag,
}

/** `reops list`: lists systems, by way of the configuration only where that may say something new. */
export async function run(context: CommandContext, args: Args): Promise<number> {
  const selection = parseSelection(args.words)
  const status = given(args, 'refresh') ? await refresh(context, args) : 0
  const { quickSystems } = await import('../systems/quick.ts')
  const systems = quickSystems(context, args, selection) ?? (await find(context, args, selection))
  const { printSystems } = await import('../systems/print.ts')
  printSystems(context, args, selection, systems)
  return status
}

async function refresh(context: CommandContext, args: Args): Promise<number> {
  const { refreshSystems } = await import('../systems/sync.ts')
  return refreshSystems(context, args)
}

async function find(context: CommandContext, args: Args, selection: Selection) {
  const { findAndRemember } = await import('../systems/find-and-remember.ts')
  return findAndRemember(context, args, selection)
}
