import type { Args, Flags, Usage } from '../command.ts'
import { configFlag, yesFlag } from '../common-flags.ts'
import type { CommandContext } from '../context.ts'
import { expectWords } from '../parse.ts'

export const usage: Usage = {
  ways: ['reops deploy [--yes] [flags]'],
  about:
    'Brings what flows/index.ts exports to AWS: a state machine a flow, the functions that they call, schedules, table and\nbucket. Credentials, account and region are looked at first. Changes that give permissions are shown and asked about;\nwithout a terminal it needs --yes. Where a bridge is configured, the key by which the cloud dials it is made at first.\nAfter Ctrl-C CloudFormation goes on by itself with what it was told.',
  examples: ['reops deploy', 'reops deploy --bootstrap', 'reops deploy --yes --json'],
}

export const options: Flags = {
  bootstrap: {
    type: 'boolean',
    about: 'prepare the account and region for deployments first; once is enough',
  },
  ...yesFlag,
  json: { type: 'boolean', about: 'one JSON document on stdout, everything else on stderr' },
  ...configFlag,
}

/** `reops deploy`: brings the flows to AWS. */
export async function run(context: CommandContext, args: Args): Promise<number> {
  expectWords('deploy', args, [])
  const { deploy } = await import('../cloud/deploy/deploy.ts')
  return deploy(context, args)
}
