import type { Args, Flags, Usage } from '../command.ts'
import { configFlag } from '../common-flags.ts'
import type { CommandContext } from '../context.ts'
import { expectWords, given } from '../parse.ts'
import { UsageError } from '../usage-error.ts'

export const usage: Usage = {
  ways: [
    'reops show <execution> [flags]',
    'reops show <execution> --cloud [--follow] [flags]',
    'reops show --history <file> [flags]',
  ],
  about:
    'A line for each state in order: when, how long, retries, errors. <execution> is a name, the beginning of one, an ARN,\nor latest. A history that was fetched from AWS is read from a file.',
  examples: [
    'reops show latest',
    "reops show listing-1a2b --state 'exec uptime'",
    'reops show latest --cloud --follow',
    'aws stepfunctions get-execution-history --execution-arn <arn> | reops show --history -',
  ],
}

export const options: Flags = {
  cloud: { type: 'boolean', about: 'one in AWS' },
  follow: {
    type: 'boolean',
    short: 'f',
    about: '--cloud: draw it again until it ends; Ctrl-C ends the watching only',
  },
  items: { type: 'boolean', about: 'each item of a Map, not only how many' },
  state: { type: 'string', value: '<name>', about: 'what a state was given and gave on, as JSON' },
  input: { type: 'boolean', about: 'the input as JSON; with --state, the one of the state' },
  output: { type: 'boolean', about: 'the output as JSON; with --state, the one of the state' },
  events: { type: 'boolean', about: 'the events as JSON, in the shape of AWS' },
  history: { type: 'string', value: '<file>', about: 'a history fetched from AWS; - reads stdin' },
  json: { type: 'boolean', about: 'all of it as one JSON document' },
  ...configFlag,
}

/** `reops show`: prints what happened in an execution. */
export async function run(context: CommandContext, args: Args): Promise<number> {
  expectWords('show', args, ['<execution>'], 1)
  if (given(args, 'cloud'))
    return (await import('../cloud/show.ts')).showInCloud(context, args, args.words[0])
  if (given(args, 'follow'))
    throw new UsageError('--follow is for what runs in the cloud; reops events --follow is there for both')
  const { showExecution } = await import('../work/show-execution.ts')
  return showExecution(context, args, args.words[0])
}
