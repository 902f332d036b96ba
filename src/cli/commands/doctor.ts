import type { Args, Flags, Usage } from '../command.ts'
import { configFlag } from '../common-flags.ts'
import type { CommandContext } from '../context.ts'
import { expectWords } from '../parse.ts'

export const usage: Usage = {
  ways: ['reops doctor [flags]'],
  about:
    'Node, the configuration, the flows, the bridge; and of AWS the region, credentials, clock, the CDK’s preparation, the\nstack and whether its flows are those here, its table, bucket, event bus and key. It changes nothing. What could not be looked at is\nsaid with the reason. It exits with 1 when something is wrong.',
  examples: ['reops doctor', 'reops doctor --json'],
}

export const options: Flags = {
  json: { type: 'boolean', about: 'one JSON document' },
  ...configFlag,
}

/** `reops doctor`: says what is missing or wrong, and what to do about it. */
export async function run(context: CommandContext, args: Args): Promise<number> {
  expectWords('doctor', args, [])
  const { examine } = await import('../cloud/doctor/doctor.ts')
  return examine(context, args)
}
