import type { Args, Flags, Usage } from '../command.ts'
import { configFlag } from '../common-flags.ts'
import type { CommandContext } from '../context.ts'
import { expectWords } from '../parse.ts'

export const usage: Usage = {
  ways: ['reops backtest <watch> [--from <time>] [--to <time>] [--csv <file>] [--plot <file>] [flags]'],
  about:
    'Goes through what was read on a clock of its own, and does nothing but to say what the watch would have done: how often\nit would have acted, what its guard would have held back, and for how long it held.\nA CSV has the time first (ISO 8601 or since the epoch), then a column for each sensor by its name; what is empty is unknown.',
  examples: [
    'reops backtest too-hot --from 30d',
    'reops backtest too-hot --from 2026-10-01 --to 2026-11-01 --cost 0.35 --plot hot.svg',
    'reops backtest too-hot --csv year.csv --json',
  ],
}

export const options: Flags = {
  from: {
    type: 'string',
    value: '<time>',
    about: 'a date, a time or how long ago; all that there is otherwise',
  },
  to: { type: 'string', value: '<time>', about: 'likewise; the last reading otherwise' },
  csv: { type: 'string', value: '<file>', about: 'readings of a file instead of those that are kept' },
  plot: { type: 'string', value: '<file>', about: 'draw it into an SVG' },
  cost: { type: 'string', value: '<n>', about: 'what an action costs' },
  json: { type: 'boolean', about: 'one JSON document' },
  ...configFlag,
}

/** `reops backtest`: replays readings through a watch. */
export async function run(context: CommandContext, args: Args): Promise<number> {
  expectWords('backtest', args, ['the name of a watch'])
  const { backtestWatch } = await import('../sensors/backtest.ts')
  return backtestWatch(context, args)
}
