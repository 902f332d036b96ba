import type { Args, Flags, Usage } from '../command.ts'
import { bridgeFlags, configFlag, reachFlags } from '../common-flags.ts'
import type { CommandContext } from '../context.ts'
import { atLeastWords } from '../parse.ts'

export const usage: Usage = {
  ways: ['reops ssh <system|host> [flags] [-- <command>…]'],
  about:
    "OpenSSH's own client, with the user, key, port, jump hosts and host keys by which reops itself gets there. Hosts of the\nconfiguration and [user@]host[:port] will do as well. The exit status is that of ssh.",
  examples: ['reops ssh redis-1', 'reops ssh ops@redis-1 -- uptime', "reops ssh redis-1 --tty -- 'sudo -s'"],
}

export const options: Flags = {
  tty: { type: 'boolean', short: 't', about: 'give the command a terminal' },
  ...reachFlags,
  ...bridgeFlags,
  ...configFlag,
}

/** `reops ssh`: logs in to a system or a host. */
export async function run(context: CommandContext, args: Args): Promise<number> {
  atLeastWords('ssh', args, ['<system>, where to log in'])
  const { sshTo } = await import('../systems/ssh/ssh.ts')
  return sshTo(context, args)
}
