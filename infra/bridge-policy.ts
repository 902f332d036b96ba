import * as iam from 'aws-cdk-lib/aws-iam'
import { CfnOutput, Validations } from 'aws-cdk-lib/core'
import type { Construct } from 'constructs'
import type { Places } from './grant.ts'

/**
 * What a bridge at home may do in this account, as a policy to attach to whatever identity it has there: answer tasks, of
 * which it proves by their tokens that it was given them, and keep and fetch data that is too large for a state.
 */
export function addBridgePolicy(scope: Construct, { partition, bucket, stack }: Places): void {
  const policy = new iam.ManagedPolicy(scope, 'BridgePolicy', {
    managedPolicyName: `${stack}-bridge`,
    description: `What the bridge of ${stack} may do: answer tasks`,
    statements: [
      new iam.PolicyStatement({
        actions: ['states:SendTaskSuccess', 'states:SendTaskFailure', 'states:SendTaskHeartbeat'],
        resources: ['*'],
      }),
      new iam.PolicyStatement({
        actions: ['s3:GetObject', 's3:PutObject'],
        resources: [`arn:${partition}:s3:::${bucket}/spilled/*`],
      }),
    ],
  })
  Validations.of(policy).acknowledge(
    {
      id: 'AwsSolutions-IAM5[Resource::*]',
      reason: 'these actions name no resource; a token, which cannot be guessed, says whose task is answered',
    },
    {
      id: 'AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:s3:::<DataBucket>/spilled/*]',
      reason: 'objects are named by the SHA-256 of what they hold, and nobody may list them',
    },
  )
  new CfnOutput(scope, 'BridgePolicyArn', {
    value: policy.managedPolicyArn,
    description: 'For the identity of the bridge',
  })
}
