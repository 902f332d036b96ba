import * as iam from 'aws-cdk-lib/aws-iam'
import { CfnOutput, Validations } from 'aws-cdk-lib/core'
import type { Construct } from 'constructs'
import type { Places } from './grant.ts'
import type { DeployedMachine } from './state-machine.ts'

/**
 * What a bridge at home may do in this account, as a policy to attach to whatever identity it has there: answer the
 * tasks of this stack's machines, and keep and fetch data that is too large for a state. It is nobody's until then.
 */
export function addBridgePolicy(
  scope: Construct,
  machines: readonly DeployedMachine[],
  places: Places,
): void {
  const { partition, bucket, stack } = places
  const data = `arn:${partition}:s3:::${bucket}/spilled/*`
  const policy = new iam.ManagedPolicy(scope, 'BridgePolicy', {
    managedPolicyName: `${stack}-bridge`,
    description: `What the bridge of ${stack} may do: answer tasks`,
    statements: [
      new iam.PolicyStatement({
        actions: ['states:SendTaskSuccess', 'states:SendTaskFailure', 'states:SendTaskHeartbeat'],
        resources: machines.map(({ machine }) => machine.stateMachineArn),
      }),
      new iam.PolicyStatement({ actions: ['s3:GetObject', 's3:PutObject'], resources: [data] }),
    ],
  })
  Validations.of(policy).acknowledge({
    id: 'AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:s3:::<DataBucket>/spilled/*]',
    reason: 'objects are named by the SHA-256 of what they hold',
  })
  new CfnOutput(scope, 'BridgePolicyArn', { value: policy.managedPolicyArn })
}
