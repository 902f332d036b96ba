import { withoutColor } from '../color.ts'
import type { Args, Flags, Usage } from '../command.ts'
import { bridgeFlags, configFlag } from '../common-flags.ts'
import type { CommandContext } from '../context.ts'
import { expectWords, given } from '../parse.ts'

export const usage: Usage = {
  ways: ['reops repl [flags]'],
  about: [
    "Node's own prompt with TypeScript and every operation, flow, group and host in scope. A pipeline that is typed",
    'is run. Without a terminal it reads lines from stdin; the exit status is 1 when one of them threw.',
  ].join('\n'),
  examples: ['reops repl', `echo "exec(all, 'uptime')" | reops repl`],
}

export const options: Flags = { ...bridgeFlags, ...configFlag }

/** `reops repl`: holds a prompt over what is configured. */
export async function run(context: CommandContext, args: Args): Promise<number> {
  expectWords('repl', args, [])
  const { openRepl } = await import('../repl/index.ts')
  return openRepl(given(args, 'no-color') ? withoutColor(context) : context, args)
}
