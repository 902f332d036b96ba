import type { Args, Flags, Usage } from '../command.ts'
import { bridgeFlags, configFlag, jsonFlag, workFlags } from '../common-flags.ts'
import type { CommandContext } from '../context.ts'
import { expectWords, given } from '../parse.ts'

export const usage: Usage = {
  ways: ['reops redrive <execution> [flags]'],
  about:
    'Runs it again from the state that failed, with the same input; what had succeeded stays as it is. Prints and\nexits as reops run does.',
  examples: ['reops redrive listing-1a2b', 'reops redrive latest --json', 'reops redrive latest --cloud'],
}

export const options: Flags = {
  cloud: { type: 'boolean', about: 'one in AWS, where it goes on' },
  ...workFlags,
  ...jsonFlag,
  ...bridgeFlags,
  ...configFlag,
}

/** `reops redrive`: goes on from where an execution failed. */
export async function run(context: CommandContext, args: Args): Promise<number> {
  expectWords('redrive', args, ['<execution>'])
  if (given(args, 'cloud'))
    return (await import('../cloud/redrive.ts')).redriveInCloud(context, args, args.words[0]!)
  const { redriveExecution } = await import('../work/redrive-execution.ts')
  return redriveExecution(context, args, args.words[0]!)
}
