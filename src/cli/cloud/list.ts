import { listExecutions } from '../../run/aws/executions.ts'
import type { Args } from '../command.ts'
import type { CommandContext } from '../context.ts'
import { filterOf, printExecutions } from '../work/list-executions.ts'
import { withCloud } from './open.ts'

/** Prints the executions in the cloud, newest first. */
export function listInCloud(context: CommandContext, args: Args): Promise<number> {
  const filter = filterOf(args)
  return withCloud(context, args, async ({ aws, stack }) =>
    printExecutions(context, args, await listExecutions(aws, stack, filter), filter, 'AWS'),
  )
}
