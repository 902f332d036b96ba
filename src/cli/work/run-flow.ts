import { loadFlows } from '../../run/flows.ts'
import type { Args } from '../command.ts'
import type { CommandContext } from '../context.ts'
import { configuration } from '../session/configuration.ts'
import { perform } from '../session/perform.ts'
import { executionName } from './execution-name.ts'
import { findFlow } from './find-flow.ts'
import { readInput } from './input.ts'

/** Runs a flow by its name, and answers the exit status. */
export function runFlow(context: CommandContext, args: Args, name: string): Promise<number> {
  return perform(context, args, { flow: name }, async () => {
    const loaded = await configuration(context, args)
    const flows = await loadFlows(loaded)
    const flow = findFlow(flows, name)
    const input = await readInput(context, args, flow.input)
    return {
      loaded,
      flows,
      begin: (runtime, signal) => runtime.submit(flow, input, { signal, name: executionName(args) }),
    }
  })
}
