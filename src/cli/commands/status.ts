import type { Args, Flags, Usage } from '../command.ts'
import { configFlag } from '../common-flags.ts'
import type { CommandContext } from '../context.ts'
import { expectWords } from '../parse.ts'

export const usage: Usage = {
  ways: ['reops status [--json] [flags]'],
  about:
    'Asks the daemon of this project how it is: what is connected, when schedules fire next, what was decided last. Where\nnone runs, that is said, and what the last one has written down. It exits with 1 where none runs or something is the matter.',
  examples: ['reops status', 'reops status --json'],
}

export const options: Flags = { json: { type: 'boolean', about: 'one JSON document' }, ...configFlag }

/** `reops status`: says how the daemon is. */
export async function run(context: CommandContext, args: Args): Promise<number> {
  expectWords('status', args, [])
  return (await import('../daemon/status.ts')).showDaemon(context, args)
}
