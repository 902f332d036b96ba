import { randomUUID } from 'node:crypto'
import { compile } from '../../compile/compile.ts'
import { parseInput } from '../../core/flow.ts'
import type { Json } from '../../core/json.ts'
import { spill } from '../../core/spill.ts'
import { startExecution } from '../../run/aws/executions.ts'
import { isCurrent } from '../../run/aws/machines.ts'
import { machineOf } from '../../run/aws/stack.ts'
import { loadFlows } from '../../run/flows.ts'
import type { Args } from '../command.ts'
import type { CommandContext } from '../context.ts'
import { given } from '../parse.ts'
import { performBy } from '../session/perform.ts'
import { executionName } from '../work/execution-name.ts'
import { findFlow } from '../work/find-flow.ts'
import { readInput } from '../work/input.ts'
import { followCloud } from './follow.ts'
import { withCloud } from './open.ts'
import { refuseLocal } from './refuse-local.ts'

/** Runs a flow in the cloud by its name, follows it, and answers the exit status as a run here does. */
export function runInCloud(context: CommandContext, args: Args, name: string): Promise<number> {
  refuseLocal(args, 'run')
  return performBy(context, args, { flow: name }, own =>
    withCloud(own, args, async cloud => {
      const { aws, loaded, stack, store } = cloud
      const flows = await loadFlows(loaded)
      const flow = findFlow(flows, name)
      const parsed = parseInput(name, flow, await readInput(own, args, flow.input))
      const machine = machineOf(stack, name)
      if (!(await isCurrent(aws, machine, compile(flow, name))))
        own.stderr.write(
          `reops: ${name} is deployed as it was before it was changed here; reops diff tells how, and reops deploy brings it\n`,
        )
      const input = await spill(parsed as Json, 'fields', store)
      const asked = executionName(args) ?? `${name}-${randomUUID().slice(0, 8)}`
      const { id } = await startExecution(aws, { machine, flow: name, name: asked, input })
      return followCloud(own, cloud, { id, name: asked }, flagsOf(args))
    }),
  )
}

export function flagsOf(args: Args): { readonly json: boolean; readonly quiet: boolean } {
  return { json: given(args, 'json'), quiet: given(args, 'quiet') }
}
