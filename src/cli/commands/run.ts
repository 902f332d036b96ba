import { loadFlows } from '../../run/flows.ts'
import type { Args, Flags, Usage } from '../command.ts'
import { configFlag, inputFlags, jsonFlag, workFlags } from '../common-flags.ts'
import type { CommandContext } from '../context.ts'
import { findFlow } from '../find-flow.ts'
import { readInput } from '../input.ts'
import { expectWords } from '../parse.ts'
import { configuration } from '../session/configuration.ts'
import { perform } from '../session/perform.ts'

export const usage: Usage = {
  ways: ['reops run <flow> [--input <key>=<value>]… [flags]'],
  about: 'Prints what each host answered and a summary. The exit status is 1 when a host failed.',
  examples: ['reops run listing --input path=/etc', 'reops run listing --json --timeout 30s'],
}

export const options: Flags = { ...inputFlags, ...workFlags, ...jsonFlag, ...configFlag }

/** `reops run <flow>`: runs a flow on the local executor. */
export async function run(context: CommandContext, args: Args): Promise<number> {
  expectWords('run', args, ['<flow>, the name of a flow'])
  const [name = ''] = args.words
  return perform(context, args, { flow: name }, async () => {
    const loaded = await configuration(context, args)
    const flows = await loadFlows(loaded)
    const flow = findFlow(flows, name)
    return { operation: flow, input: await readInput(context, args, flow.input), loaded, flows }
  })
}
