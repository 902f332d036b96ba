import type { Args, Flags, Usage } from '../command.ts'
import { configFlag } from '../common-flags.ts'
import type { CommandContext } from '../context.ts'
import { expectWords, given, text } from '../parse.ts'
import { UsageError } from '../usage-error.ts'

export const usage: Usage = {
  ways: ['reops up [--json] [flags]', 'reops up --systemd [--user <name>] [flags]'],
  about:
    'Runs the daemon of this project until Ctrl-C or SIGTERM: starts flows at their times, listens to sensors, keeps watches,\nand goes on with executions whose process is gone. When it is told to end, it starts nothing more, lets what is under way\nend for as long as daemon.drain says, and leaves the rest to the next start; a second signal ends it at once.\nreops status asks it how it is. --systemd prints a unit that keeps it running, and starts nothing.',
  examples: ['reops up', 'reops up --systemd --user ops | sudo tee /etc/systemd/system/reops.service'],
}

export const options: Flags = {
  systemd: { type: 'boolean', about: 'print a unit of systemd' },
  user: { type: 'string', value: '<name>', about: '--systemd: who runs it; whoever asks otherwise' },
  json: { type: 'boolean', about: 'what it says as lines of JSON, on stdout' },
  ...configFlag,
}

/** `reops up`: acts by itself, until it is told to end. */
export async function run(context: CommandContext, args: Args): Promise<number> {
  expectWords('up', args, [])
  if (given(args, 'systemd')) {
    if (given(args, 'json')) throw new UsageError('a unit of systemd is no JSON; leave out --json')
    return (await import('../bridge/systemd/print.ts')).printUnit(context, args, 'up')
  }
  if (text(args, 'user') !== undefined)
    throw new UsageError('--user is who a unit of systemd runs as; it goes with --systemd')
  return (await import('../daemon/up.ts')).runDaemon(context, args)
}
