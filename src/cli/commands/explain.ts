import type { Args, Flags, Usage } from '../command.ts'
import { configFlag } from '../common-flags.ts'
import type { CommandContext } from '../context.ts'
import { expectWords } from '../parse.ts'

export const usage: Usage = {
  ways: ['reops explain <watch> [--limit <n>] [flags]'],
  about:
    'What it looks at says, what it does about that and why, when that may change, and what it decided last. Of a watch\nthat AWS keeps, the stack’s table is asked.',
  examples: ['reops explain too-hot', 'reops explain too-hot --limit 50 --json'],
}

export const options: Flags = {
  limit: { type: 'string', value: '<n>', about: 'so many of its last decisions; 10 otherwise' },
  cloud: { type: 'boolean', about: 'one that AWS keeps; it is known by itself whether it does' },
  json: { type: 'boolean', about: 'one JSON document' },
  ...configFlag,
}

/** `reops explain`: says why a watch did or did not act. */
export async function run(context: CommandContext, args: Args): Promise<number> {
  expectWords('explain', args, ['the name of a watch'])
  const { explainWatch } = await import('../sensors/explain.ts')
  return explainWatch(context, args)
}
