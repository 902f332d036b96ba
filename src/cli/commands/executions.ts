import type { Args, Flags, Usage } from '../command.ts'
import { configFlag } from '../common-flags.ts'
import type { CommandContext } from '../context.ts'
import { expectWords, given } from '../parse.ts'

export const usage: Usage = {
  ways: ['reops executions [--flow <flow>] [--status <status>] [--since <time>] [flags]'],
  about: 'Newest first, with how each ended and how long it took.',
  examples: [
    'reops executions',
    'reops executions --flow listing --status failed --since 2h',
    'reops executions --cloud',
  ],
}

export const options: Flags = {
  cloud: { type: 'boolean', about: 'those in AWS' },
  flow: { type: 'string', value: '<flow>', about: 'only those of a flow' },
  status: { type: 'string', value: '<status>', about: 'running, succeeded, failed, timed-out or aborted' },
  since: { type: 'string', value: '<time>', about: 'begun since then: 2h, 7d, or a date such as 2026-11-01' },
  limit: { type: 'string', value: '<n>', about: 'how many; 20 otherwise' },
  json: { type: 'boolean', about: 'one JSON document' },
  ...configFlag,
}

/** `reops executions`: lists executions. */
export async function run(context: CommandContext, args: Args): Promise<number> {
  expectWords('executions', args, [])
  if (given(args, 'cloud')) return (await import('../cloud/list.ts')).listInCloud(context, args)
  const { listExecutions } = await import('../work/list-executions.ts')
  return listExecutions(context, args)
}
