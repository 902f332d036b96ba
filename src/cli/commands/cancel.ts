import type { Args, Flags, Usage } from '../command.ts'
import { configFlag } from '../common-flags.ts'
import type { CommandContext } from '../context.ts'
import { expectWords, given } from '../parse.ts'

export const usage: Usage = {
  ways: ['reops cancel <execution> [--reason <text>] [flags]'],
  about:
    'Asks whoever executes it to stop, and waits until it has: what is under way on hosts is ended first.',
  examples: ["reops cancel listing-1a2b --reason 'wrong rack'", 'reops cancel listing-1a2b --cloud'],
}

export const options: Flags = {
  cloud: { type: 'boolean', about: 'one in AWS' },
  reason: { type: 'string', value: '<text>', about: 'why; the history keeps it' },
  timeout: { type: 'string', value: '<time>', about: 'how long to wait for its end; 30s otherwise' },
  json: { type: 'boolean', about: 'how it ended as one JSON document' },
  ...configFlag,
}

/** `reops cancel`: cancels a running execution. */
export async function run(context: CommandContext, args: Args): Promise<number> {
  expectWords('cancel', args, ['<execution>'])
  if (given(args, 'cloud'))
    return (await import('../cloud/cancel.ts')).cancelInCloud(context, args, args.words[0]!)
  const { cancelExecution } = await import('../work/cancel-execution.ts')
  return cancelExecution(context, args, args.words[0]!)
}
