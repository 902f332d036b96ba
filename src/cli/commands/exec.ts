import type { Args, Flags, Usage } from '../command.ts'
import { bridgeFlags, configFlag, jsonFlag, reachFlags, workFlags } from '../common-flags.ts'
import type { CommandContext } from '../context.ts'
import { expectWords } from '../parse.ts'
import { UsageError } from '../usage-error.ts'

export const usage: Usage = {
  ways: ['reops exec <hosts|group> [flags] -- <command>…'],
  about: [
    'Hosts are a group, configured hosts or [user@]host[:port], comma separated; IPv6 addresses',
    'with a port stand in brackets, and web[1-3] is web1,web2,web3.',
    'The words behind -- are joined by spaces and read by the shell of each host, as ssh does.',
  ].join('\n'),
  examples: [
    'reops exec closet -- uptime',
    "reops exec foo,ops@10.0.0.7:2222 -- 'df -P / | tail -1'",
    'reops exec closet --stdin -- sh -s < setup.sh',
  ],
}

export const options: Flags = {
  hosts: { type: 'string', value: '<hosts>', about: 'of those, only these' },
  ...reachFlags,
  ...workFlags,
  stdin: { type: 'boolean', about: 'give what stdin holds to the command on every host' },
  ...jsonFlag,
  ...bridgeFlags,
  ...configFlag,
}

/** `reops exec <hosts|group> -- <command>`: runs a command on hosts, all at once. */
export async function run(context: CommandContext, args: Args): Promise<number> {
  expectWords('exec', args.rest === undefined ? { ...args, words: args.words.slice(0, 1) } : args, [
    '<hosts|group>, where to run it',
  ])
  const [target = '', ...more] = args.words
  if (args.rest === undefined || args.rest.length === 0)
    throw new UsageError(
      `reops exec needs -- and a command: reops exec ${target} -- ${more.join(' ') || 'uptime'}`,
    )
  const { execCommand } = await import('../work/exec-command.ts')
  return execCommand(context, args, target, args.rest.join(' '))
}
