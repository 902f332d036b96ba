import type { Args, Flags, Usage } from '../command.ts'
import { bridgeFlags, configFlag, jsonFlag, workFlags } from '../common-flags.ts'
import type { CommandContext } from '../context.ts'
import { expectWords } from '../parse.ts'

export const usage: Usage = {
  ways: ['reops resume [flags]'],
  about:
    'Goes on with every execution whose process is gone, from the last state that it completed, until all have ended.\nCtrl-C stops them.',
  examples: ['reops resume'],
}

export const options: Flags = { ...workFlags, ...jsonFlag, ...bridgeFlags, ...configFlag }

/** `reops resume`: goes on with executions that were left behind. */
export async function run(context: CommandContext, args: Args): Promise<number> {
  expectWords('resume', args, [])
  const { resumeExecutions } = await import('../work/resume-executions.ts')
  return resumeExecutions(context, args)
}
