import type { Args, Flags, Usage } from '../command.ts'
import { configFlag } from '../common-flags.ts'
import type { CommandContext } from '../context.ts'
import { expectWords } from '../parse.ts'

export const usage: Usage = {
  ways: ['reops logs [<function>|<flow>] [--follow] [--since <time>] [flags]'],
  about:
    'A line for each, oldest first: of all functions and state machines of the stack, of one function (code, ec2, bridge, …),\nof the state machines (states), or what tells of one flow. With --follow it goes on until Ctrl-C.',
  examples: ['reops logs', 'reops logs code --since 2h', 'reops logs --execution listing-1a2b --follow'],
}

export const options: Flags = {
  follow: { type: 'boolean', short: 'f', about: 'go on with what is logged from now on' },
  since: { type: 'string', value: '<time>', about: 'since then: 2h, 7d, or a date; 15m otherwise' },
  execution: { type: 'string', value: '<name>', about: 'only lines that tell of an execution' },
  json: { type: 'boolean', about: 'a JSON document for each line, one a line' },
  ...configFlag,
}

/** `reops logs`: prints what was logged in AWS. */
export async function run(context: CommandContext, args: Args): Promise<number> {
  expectWords('logs', args, ['<function> or <flow>'], 1)
  const { showLogs } = await import('../cloud/logs.ts')
  return showLogs(context, args, args.words[0])
}
