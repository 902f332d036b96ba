import * as iam from 'aws-cdk-lib/aws-iam'
import type * as logs from 'aws-cdk-lib/aws-logs'
import * as sfn from 'aws-cdk-lib/aws-stepfunctions'
import { Construct } from 'constructs'
import { acknowledgeDelivery, trustedByStates } from './flow-role.ts'
import { grant, type Places } from './grant.ts'
import { startsMachine } from './starts.ts'

export interface StarterParts {
  /** ARNs of what it may start. */
  readonly machines: readonly string[]
  readonly logGroup: logs.LogGroup
  readonly places: Places
}

/**
 * Adds the machine that starts executions for schedules which may not overlap. It is an Express one: it lives for a
 * second or two, and a million of its executions cost a dollar. No flow can have its name, which has a dash.
 */
export function addStarter(scope: Construct, { machines, logGroup, places }: StarterParts): sfn.StateMachine {
  const own = new Construct(scope, 'OneByOne')
  const role = new iam.Role(own, 'Role', {
    description: `Lets ${places.stack} look whether an execution goes on before it starts the next one`,
    assumedBy: trustedByStates(places),
  })
  grant(
    role,
    { actions: ['states:ListExecutions', 'states:StartExecution'], resources: machines },
    places,
    '',
  )
  const machine = new sfn.StateMachine(own, 'Machine', {
    stateMachineName: `${places.stack}-start-scheduled`,
    stateMachineType: sfn.StateMachineType.EXPRESS,
    definitionBody: sfn.DefinitionBody.fromString(JSON.stringify(startsMachine)),
    role,
    logs: { destination: logGroup, level: sfn.LogLevel.ALL, includeExecutionData: false },
    tracingEnabled: true,
  })
  acknowledgeDelivery(role)
  return machine
}
