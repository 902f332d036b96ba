import type { Args, Flags, Usage } from '../command.ts'
import { configFlag } from '../common-flags.ts'
import type { CommandContext } from '../context.ts'
import { expectWords } from '../parse.ts'

export const usage: Usage = {
  ways: ['reops compile <flow> [--out <file>] [flags]', 'reops compile <watch> [--out <file>] [flags]'],
  about:
    'Prints Amazon States Language, and nothing else, on stdout. A watch has a machine where AWS keeps it.',
  examples: ['reops compile listing', 'reops compile listing --out listing.asl.json'],
}

export const options: Flags = {
  out: { type: 'string', short: 'o', value: '<file>', about: 'write to a file instead' },
  ...configFlag,
}

/** `reops compile <name>`: prints the state machine that a flow, or a watch, compiles to. */
export async function run(context: CommandContext, args: Args): Promise<number> {
  expectWords('compile', args, ['<flow>, the name of a flow or a watch'])
  const { compileFlow } = await import('../work/compile-flow.ts')
  return compileFlow(context, args, args.words[0]!)
}
