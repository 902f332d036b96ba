import type { Compiled } from '../../compile/compile.ts'
import type { Json } from '../../core/json.ts'
import { sameJson } from '../../state/same-json.ts'
import type { Aws } from './clients.ts'

/**
 * Whether a deployed state machine is what a flow compiles to here. Its tasks carry the flow's version; one without tasks
 * is compared as a whole.
 */
export async function isCurrent(aws: Aws, machine: string, compiled: Compiled): Promise<boolean> {
  const { definition = '{}' } = await aws.ask('states', 'states:DescribeStateMachine', client =>
    client.describeStateMachine({ stateMachineArn: machine }),
  )
  if (compiled.tasks.size > 0) return definition.includes(`"${compiled.version}"`)
  return sameJson(JSON.parse(definition) as Json, JSON.parse(JSON.stringify(compiled.machine)) as Json)
}
