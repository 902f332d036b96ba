import * as iam from 'aws-cdk-lib/aws-iam'
import type { Construct } from 'constructs'
import { walk } from '../src/compile/check/walk.ts'
import type { StateMachine } from '../src/core/asl.ts'
import type { DeployedFunction } from './function.ts'
import { acknowledgeWildcard, grant, type Places } from './grant.ts'

/** Step Functions, on behalf of machines in this account and region alone. */
export function trustedByStates(places: Places): iam.IPrincipal {
  return new iam.ServicePrincipal('states.amazonaws.com', {
    conditions: {
      StringEquals: { 'aws:SourceAccount': places.account },
      ArnLike: { 'aws:SourceArn': `${statesArn(places)}:stateMachine:*` },
    },
  })
}

/** Tells cdk-nag of what logging and tracing need. */
export function acknowledgeDelivery(role: iam.Role): void {
  acknowledgeWildcard(
    role,
    '*',
    'Step Functions sets up the delivery of logs and traces with these; their actions name no resource',
  )
}

/** Adds the role of a flow's executions: they call the functions of its tasks, and nothing else. */
export function addFlowRole(
  scope: Construct,
  name: string,
  used: readonly DeployedFunction[],
  machine: StateMachine,
  places: Places,
): iam.Role {
  const role = new iam.Role(scope, 'Role', {
    description: `What executions of ${name} may do: call the functions of its tasks`,
    assumedBy: trustedByStates(places),
  })
  if (used.length > 0) {
    const resources = used.map(one => `${one.function.functionArn}:*`)
    const reason =
      'all versions of a function: an execution that began before a deployment calls the ones that it began with'
    grant(role, { actions: ['lambda:InvokeFunction'], resources }, places, reason)
  }
  if (isDistributed(machine)) allowChildren(role, name, places)
  return role
}

/** A Distributed Map executes its items as executions of its own machine. */
function allowChildren(role: iam.Role, name: string, places: Places): void {
  const arn = statesArn(places)
  grant(role, { actions: ['states:StartExecution'], resources: [`${arn}:stateMachine:${name}`] }, places, '')
  grant(
    role,
    {
      actions: ['states:DescribeExecution', 'states:StopExecution', 'states:RedriveExecution'],
      resources: [`${arn}:execution:${name}:*`, `${arn}:execution:${name}/*:*`],
    },
    places,
    'the child executions of its own Distributed Map, whose names AWS makes',
  )
}

function isDistributed(machine: StateMachine): boolean {
  for (const { state } of walk(machine))
    if (state.Type === 'Map' && state.ItemProcessor.ProcessorConfig?.Mode === 'DISTRIBUTED') return true
  return false
}

const statesArn = ({ partition, region, account }: Places): string =>
  `arn:${partition}:states:${region}:${account}`
