import type { Args, Flags, Usage } from '../command.ts'
import { configFlag, reachFlags } from '../common-flags.ts'
import type { CommandContext } from '../context.ts'
import { expectWords } from '../parse.ts'

export const usage: Usage = {
  ways: ['reops hosts [<hosts|group>] [flags]'],
  about: 'Reads the configuration and ~/.ssh/config, says who decides what, and connects to nothing.',
  examples: ['reops hosts', 'reops hosts closet --json'],
}

export const options: Flags = {
  ...reachFlags,
  json: { type: 'boolean', about: 'one JSON document' },
  ...configFlag,
}

/** `reops hosts`: lists hosts and groups, and how each host is reached. */
export async function run(context: CommandContext, args: Args): Promise<number> {
  expectWords('hosts', args, ['<hosts|group>'], 1)
  const { listHosts } = await import('../work/list-hosts.ts')
  return listHosts(context, args, args.words[0])
}
