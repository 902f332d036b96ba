import * as iam from 'aws-cdk-lib/aws-iam'
import { CfnOutput } from 'aws-cdk-lib/core'
import type { Construct } from 'constructs'
import type { Permission } from '../src/core/aws.ts'
import { storeWriting } from '../src/operations/systems/permissions.ts'
import { acknowledgeWildcard, type Places, statementOf } from './grant.ts'

/**
 * What a bridge at home may do in this account, as a policy to attach to whatever identity it has there: answer tasks, of
 * which it proves by their tokens that it was given them, keep and fetch data that is too large for a state, and work with
 * the table where systems are kept there.
 */
export function addBridgePolicy(
  scope: Construct,
  places: Places,
  systems: 'local' | 'cloud',
  mail: readonly Permission[] = [],
): void {
  const { partition, bucket, stack } = places
  const data = `arn:${partition}:s3:::${bucket}/spilled/*`
  const permissions: readonly (Permission & { readonly reason: string })[] = [
    {
      actions: ['states:SendTaskSuccess', 'states:SendTaskFailure', 'states:SendTaskHeartbeat'],
      reason: 'these actions name no resource; a token, which nobody guesses, says whose task is answered',
    },
    {
      actions: ['s3:GetObject', 's3:PutObject'],
      resources: [data],
      reason: 'objects are named by the SHA-256 of what they hold, and nobody may list them',
    },
    ...mail.map(one => ({ ...one, reason: 'in the name of the configured sender alone' })),
    ...(systems === 'cloud' ? storeWriting : []).map(one => ({ ...one, reason: 'indexes of the own table' })),
  ]
  const policy = new iam.ManagedPolicy(scope, 'BridgePolicy', {
    managedPolicyName: `${stack}-bridge`,
    description: `What the bridge of ${stack} may do: answer tasks`,
  })
  for (const { reason, ...permission } of permissions) {
    const statement = statementOf(permission, places)
    policy.addStatements(statement)
    for (const resource of statement.resources) acknowledgeWildcard(policy, resource, reason)
  }
  new CfnOutput(scope, 'BridgePolicyArn', {
    value: policy.managedPolicyArn,
    description: 'For the identity of the bridge',
  })
}
