import type { Args, Flags, Usage } from '../command.ts'
import { configFlag, inputFlags, jsonFlag } from '../common-flags.ts'
import type { CommandContext } from '../context.ts'
import { expectWords } from '../parse.ts'

export const usage: Usage = {
  ways: ['reops plan <flow> [--input <key>=<value>]… [flags]'],
  about: 'Connects to nothing and changes nothing. What depends on answers is said to be unknown.',
  examples: ['reops plan listing', 'reops plan listing --input path=/etc --json'],
}

export const options: Flags = { ...inputFlags, ...jsonFlag, ...configFlag }

/** `reops plan <flow>`: says what would happen, step by step and host by host. */
export async function run(context: CommandContext, args: Args): Promise<number> {
  expectWords('plan', args, ['<flow>, the name of a flow'])
  const { planFlow } = await import('../work/plan-flow.ts')
  return planFlow(context, args, args.words[0]!)
}
