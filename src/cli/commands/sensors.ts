import type { Args, Flags, Usage } from '../command.ts'
import { configFlag } from '../common-flags.ts'
import type { CommandContext } from '../context.ts'
import { expectWords } from '../parse.ts'

export const usage: Usage = {
  ways: ['reops sensors [--since <time>] [flags]', 'reops sensors --discover [flags]'],
  about:
    'Those that flows/index.ts exports, with what they said last, how old that is, and how it went.\n--discover asks the broker instead what devices announce themselves as Home Assistant wants it, and prints what to declare.',
  examples: ['reops sensors', 'reops sensors --since 7d', 'reops sensors --json', 'reops sensors --discover'],
}

export const options: Flags = {
  since: { type: 'string', value: '<time>', about: 'the time of the line, such as 6h or 7d; 24h otherwise' },
  discover: { type: 'boolean', about: 'ask the broker for devices that announce themselves' },
  json: { type: 'boolean', about: 'one JSON document' },
  ...configFlag,
}

/** `reops sensors`: lists sensors, or finds them. */
export async function run(context: CommandContext, args: Args): Promise<number> {
  expectWords('sensors', args, [])
  if (args.flags.discover === true) {
    const { discoverSensors } = await import('../sensors/discover.ts')
    return discoverSensors(context, args)
  }
  const { listSensors } = await import('../sensors/list.ts')
  return listSensors(context, args)
}
