import type { Args, Flags, Usage } from '../command.ts'
import { configFlag } from '../common-flags.ts'
import type { CommandContext } from '../context.ts'
import { expectWords } from '../parse.ts'

export const usage: Usage = {
  ways: ['reops diff [--fail] [flags]'],
  about: 'Compares what reops deploy would bring with what is deployed, and changes nothing.',
  examples: ['reops diff', 'reops diff --fail', 'reops diff --json'],
}

export const options: Flags = {
  fail: { type: 'boolean', about: 'exit with 1 where there is a difference' },
  json: {
    type: 'boolean',
    about: 'whether there is one as a JSON document on stdout, everything else on stderr',
  },
  ...configFlag,
}

/** `reops diff`: says what a deployment would change. */
export async function run(context: CommandContext, args: Args): Promise<number> {
  expectWords('diff', args, [])
  const { diff } = await import('../cloud/deploy/diff.ts')
  return diff(context, args)
}
