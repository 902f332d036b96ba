import { compile } from '../../compile/compile.ts'
import { plan } from '../../compile/plan.ts'
import { parseInput } from '../../core/flow.ts'
import { loadFlows } from '../../run/flows.ts'
import { withoutColor } from '../color.ts'
import type { Args } from '../command.ts'
import type { CommandContext } from '../context.ts'
import { given } from '../parse.ts'
import { formatPlan } from '../plan-lines.ts'
import { configuration } from '../session/configuration.ts'
import { styleFor } from '../session/printer.ts'
import { findFlow } from './find-flow.ts'
import { readInput } from './input.ts'

/** Prints what a flow would do with this input. Nothing is connected to. */
export async function planFlow(context: CommandContext, args: Args, name: string): Promise<number> {
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
