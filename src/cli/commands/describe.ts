import type { Args, Flags, Usage } from '../command.ts'
import { bridgeFlags, configFlag } from '../common-flags.ts'
import type { CommandContext } from '../context.ts'
import { expectWords } from '../parse.ts'

export const usage: Usage = {
  ways: ['reops describe <system> [flags]'],
  about:
    'What is kept of it, who is at work on it, how it is reached, its snapshots and the end of its history. Only its\nsnapshots are asked of its provider.',
  examples: ['reops describe redis-1', 'reops describe redis-1 --json'],
}

export const options: Flags = {
  json: { type: 'boolean', about: 'one JSON document' },
  ...bridgeFlags,
  ...configFlag,
}

/** `reops describe <system>`: says all that is known of a system. */
export async function run(context: CommandContext, args: Args): Promise<number> {
  expectWords('describe', args, ['<system>'])
  const { describeSystem } = await import('../systems/describe.ts')
  return describeSystem(context, args, args.words[0]!)
}
