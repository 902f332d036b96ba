import type { Args, Flags, Usage } from '../command.ts'
import { configFlag } from '../common-flags.ts'
import type { CommandContext } from '../context.ts'
import { expectWords, given } from '../parse.ts'

export const usage: Usage = {
  ways: ['reops events <execution> [--follow] [flags]'],
  about:
    'A line for each event. With --follow it goes on until the execution ends, and exits with 0 when that succeeded\nand no host failed, otherwise with 1.',
  examples: [
    'reops events latest --follow',
    'reops events listing-1a2b --json',
    'reops events latest --cloud',
  ],
}

export const options: Flags = {
  cloud: { type: 'boolean', about: 'of one in AWS' },
  follow: { type: 'boolean', short: 'f', about: 'go on until it ends; Ctrl-C ends the watching only' },
  json: { type: 'boolean', about: 'a JSON document for each event, one a line' },
  ...configFlag,
}

/** `reops events`: prints the events of an execution. */
export async function run(context: CommandContext, args: Args): Promise<number> {
  expectWords('events', args, ['<execution>'])
  if (given(args, 'cloud'))
    return (await import('../cloud/events.ts')).tellCloudEvents(context, args, args.words[0]!)
  const { tellEvents } = await import('../work/tell-events.ts')
  return tellEvents(context, args, args.words[0]!)
}
