import * as iam from 'aws-cdk-lib/aws-iam'
import { CfnOutput } from 'aws-cdk-lib/core'
import type { Construct } from 'constructs'
import { voicePrefix } from '../src/triggers/alexa/index.ts'
import { acknowledgeWildcard, type Places, statementOf } from './grant.ts'

/**
 * Adds a policy to attach to whatever identity the daemon at home has in this account, where switches start flows here: it
 * starts the machines of those, looks at the executions that words started, and sees what became of the last ones.
 */
export function addSwitchesPolicy(scope: Construct, places: Places, flows: readonly string[]): void {
  if (flows.length === 0) return
  const { partition, region, account, stack } = places
  const states = `arn:${partition}:states:${region}:${account}`
  const policy = new iam.ManagedPolicy(scope, 'SwitchesPolicy', {
    managedPolicyName: `${stack}-switches`,
    description: `What the daemon of ${stack} may do: start what switches are told`,
  })
  const permissions = [
    {
      actions: ['states:StartExecution', 'states:ListExecutions'],
      resources: flows.map(flow => `${states}:stateMachine:${stack}-${flow}`),
    },
    {
      actions: ['states:DescribeExecution'],
      resources: flows.map(flow => `${states}:execution:${stack}-${flow}:${voicePrefix}*`),
    },
  ]
  for (const permission of permissions) {
    const statement = statementOf(permission, places)
    policy.addStatements(statement)
    for (const resource of statement.resources)
      acknowledgeWildcard(policy, resource, 'executions are named by what was said and when')
  }
  new CfnOutput(scope, 'SwitchesPolicyArn', {
    value: policy.managedPolicyArn,
    description: 'For the identity of the daemon',
  })
}
