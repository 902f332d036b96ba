import type { Args, Flags, Usage } from '../command.ts'
import { configFlag } from '../common-flags.ts'
import type { CommandContext } from '../context.ts'
import { expectWords, given, text } from '../parse.ts'
import { UsageError } from '../usage-error.ts'

export const usage: Usage = {
  ways: [
    'reops bridge [flags]',
    'reops bridge status [--json] [flags]',
    'reops bridge --systemd [--user <name>] [flags]',
  ],
  about:
    'Runs the bridge of this machine until Ctrl-C or SIGTERM, on which it takes nothing more, ends what it is at, and goes;\na second one ends it at once. bridge in reops.config.ts says where it listens and how much it takes.\nstatus asks one that runs: here, or where bridge.url says. It exits with 1 when something is the matter.\n--systemd prints a unit that keeps it running, and starts nothing.',
  examples: [
    'reops bridge',
    'reops bridge status',
    'reops bridge --systemd --user ops | sudo tee /etc/systemd/system/reops-bridge.service',
  ],
}

export const options: Flags = {
  systemd: { type: 'boolean', about: 'print a unit of systemd' },
  user: { type: 'string', value: '<name>', about: '--systemd: who runs it; whoever asks otherwise' },
  json: { type: 'boolean', about: 'status: one JSON document' },
  ...configFlag,
}

/** `reops bridge`: works here for those elsewhere, and says how that stands. */
export async function run(context: CommandContext, args: Args): Promise<number> {
  const [verb, ...words] = args.words
  const asks = verb === 'status'
  const foreign = (asks ? ['systemd', 'user'] : ['json']).find(name => given(args, name) || text(args, name))
  if (foreign !== undefined) {
    const [mine, its] = asks ? ['bridge status', 'bridge'] : ['bridge', 'bridge status']
    throw new UsageError(`reops ${mine} has no flag --${foreign}; reops ${its} has it`)
  }
  if (asks) {
    expectWords('bridge status', { ...args, words }, [])
    return (await import('../bridge/status/show.ts')).showStatus(context, args)
  }
  expectWords('bridge', args, [])
  if (given(args, 'systemd')) return (await import('../bridge/systemd/print.ts')).printUnit(context, args)
  if (text(args, 'user') !== undefined)
    throw new UsageError('--user is who a unit of systemd runs as; it goes with --systemd')
  return (await import('../bridge/start/start.ts')).startRoot(context, args, 'bridge')
}
