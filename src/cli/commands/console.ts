import type { Args, Flags, Usage } from '../command.ts'
import { bridgeFlags, configFlag } from '../common-flags.ts'
import type { CommandContext } from '../context.ts'
import { expectWords } from '../parse.ts'

export const usage: Usage = {
  ways: ['reops console <system> [--raw] [flags]'],
  about:
    'Everything that is typed goes there, Ctrl-C as well. Ctrl-] leaves, and so does ~. at the beginning of a line. Without a\nterminal it needs --raw, which leads stdin there and its output to stdout until one of them ends.',
  examples: ['reops console redis-1', 'echo "uptime" | reops console redis-1 --raw'],
}

export const options: Flags = {
  raw: { type: 'boolean', about: 'bytes as they are, without a way to leave' },
  ...bridgeFlags,
  ...configFlag,
}

/** `reops console <system>`: types at the serial console of a system. */
export async function run(context: CommandContext, args: Args): Promise<number> {
  expectWords('console', args, ['<system>'])
  const { openConsole } = await import('../systems/console/console.ts')
  return openConsole(context, args, args.words[0]!)
}
