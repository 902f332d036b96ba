import { arn, slot } from '../arn.ts'
import { ownTag, type Permission } from '../aws.ts'
import type { CloudOptions } from './operation.ts'

/** Names of buckets are of the whole world. */
const nowhere = { region: false, account: false }

/**
 * What reaching instances through Run Command takes: its one document, instances that carry our tag, and what they left
 * in the bucket because it was too large for an answer.
 */
export const runCommandPermissions: readonly Permission[] = [
  {
    actions: ['ssm:SendCommand'],
    resources: [arn('ssm', 'document/AWS-RunShellScript', { account: false })],
  },
  {
    actions: ['ssm:SendCommand'],
    resources: [arn('ec2', 'instance/*')],
    conditions: { StringEquals: { [`ssm:resourceTag/${ownTag}`]: slot('stack') } },
  },
  // None of these can be narrowed to resources of ours.
  {
    actions: [
      'ssm:GetCommandInvocation',
      'ssm:ListCommandInvocations',
      'ssm:CancelCommand',
      'ssm:DescribeInstanceInformation',
    ],
  },
  { actions: ['s3:GetObject'], resources: [arn('s3', `${slot('bucket')}/*`, nowhere)] },
  { actions: ['s3:ListBucket'], resources: [arn('s3', slot('bucket'), nowhere)] },
]

/** How operations on hosts execute in the cloud. A Lambda function ends after 15 minutes. */
export const throughRunCommand: CloudOptions = {
  capability: 'ssm',
  permissions: runCommandPermissions,
  timeoutSeconds: 900,
}
