import type { Args, Flags, Usage } from '../command.ts'
import { configFlag } from '../common-flags.ts'
import type { CommandContext } from '../context.ts'
import { expectWords } from '../parse.ts'

export const usage: Usage = {
  ways: ['reops types [flags]'],
  about:
    'Those that flows/index.ts exports: what they are, need and expose, and the arguments that their plans take.',
  examples: ['reops types', 'reops types --json'],
}

export const options: Flags = {
  json: { type: 'boolean', about: 'one JSON document' },
  ...configFlag,
}

/** `reops types`: lists the types of systems. */
export async function run(context: CommandContext, args: Args): Promise<number> {
  expectWords('types', args, [])
  const { listTypes } = await import('../systems/types.ts')
  return listTypes(context, args)
}
