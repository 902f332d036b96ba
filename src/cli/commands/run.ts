import type { Args, Flags, Usage } from '../command.ts'
import { bridgeFlags, configFlag, inputFlags, jsonFlag, reachFlags, workFlags } from '../common-flags.ts'
import type { CommandContext } from '../context.ts'
import { expectWords, given } from '../parse.ts'

export const usage: Usage = {
  ways: [
    'reops run <flow> [--input <key>=<value>]… [flags]',
    'reops run <flow> --cloud [--input <key>=<value>]… [flags]',
  ],
  about:
    'Prints what each host answered and a summary. The exit status is 1 when a host failed.\nWith --cloud it runs in AWS and is followed from here; Ctrl-C asks whether it is stopped there too.',
  examples: [
    'reops run listing --input path=/etc',
    'reops run listing --json --timeout 30s',
    'reops run listing --cloud',
  ],
}

export const options: Flags = {
  cloud: { type: 'boolean', about: 'in AWS, where reops deploy has brought it' },
  name: {
    type: 'string',
    value: '<name>',
    about: "the execution's name: the same name and input is run once, and answered again",
  },
  ...inputFlags,
  ...reachFlags,
  ...workFlags,
  ...jsonFlag,
  ...bridgeFlags,
  ...configFlag,
}

/** `reops run <flow>`: runs a flow on the local executor. */
export async function run(context: CommandContext, args: Args): Promise<number> {
  expectWords('run', args, ['<flow>, the name of a flow'])
  if (given(args, 'cloud')) return (await import('../cloud/run.ts')).runInCloud(context, args, args.words[0]!)
  const { runFlow } = await import('../work/run-flow.ts')
  return runFlow(context, args, args.words[0]!)
}
