import { compile } from '../../compile/compile.ts'
import { plan } from '../../compile/plan.ts'
import { parseInput } from '../../core/flow.ts'
import { loadFlows } from '../../run/flows.ts'
import { withoutColor } from '../color.ts'
import type { Args, Flags, Usage } from '../command.ts'
import { configFlag, inputFlags, jsonFlag } from '../common-flags.ts'
import type { CommandContext } from '../context.ts'
import { findFlow } from '../find-flow.ts'
import { readInput } from '../input.ts'
import { expectWords, given } from '../parse.ts'
import { formatPlan } from '../plan-lines.ts'
import { configuration } from '../session/configuration.ts'
import { styleFor } from '../session/printer.ts'

export const usage: Usage = {
  ways: ['reops plan <flow> [--input <key>=<value>]… [flags]'],
  about: 'Connects to nothing and changes nothing. What depends on answers is said to be unknown.',
  examples: ['reops plan listing', 'reops plan listing --input path=/etc --json'],
}

export const options: Flags = { ...inputFlags, ...jsonFlag, ...configFlag }

/** `reops plan <flow>`: says what would happen, step by step and host by host. */
export async function run(context: CommandContext, args: Args): Promise<number> {
  expectWords('plan', args, ['<flow>, the name of a flow'])
  const [name = ''] = args.words
  const flow = findFlow(await loadFlows(await configuration(context, args)), name)
  const input = parseInput(name, flow, await readInput(context, args, flow.input))
  // What the compiler refuses would never run, so that there is nothing to plan.
  compile(flow, name)
  const steps = plan(flow, input)
  const own = given(args, 'no-color') ? withoutColor(context) : context
  const text = given(args, 'json')
    ? JSON.stringify({ flow: name, input, steps }, null, 2)
    : formatPlan(name, steps, styleFor(own, own.stdout))
  context.stdout.write(`${text}\n`)
  return 0
}
