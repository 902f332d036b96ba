import { arn, slot } from '../arn.ts'
import { ownTag, type Permission } from '../aws.ts'
import type { CloudOptions } from './operation.ts'

/** Names of buckets are of the whole world. */
const nowhere = { region: false, account: false }

/**
 * What reaching instances through Run Command takes: its one document, instances that carry our tag, and the part of
 * the bucket through which large files and answers go.
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
  {
    actions: ['s3:GetObject', 's3:PutObject', 's3:DeleteObject'],
    resources: [arn('s3', `${slot('bucket')}/run-command/*`, nowhere)],
  },
  {
    actions: ['s3:ListBucket'],
    resources: [arn('s3', slot('bucket'), nowhere)],
    conditions: { StringLike: { 's3:prefix': 'run-command/*' } },
  },
]

/** How operations on hosts execute in the cloud. A Lambda function ends after 15 minutes. */
export const throughRunCommand: CloudOptions = {
  capability: 'ssm',
  permissions: runCommandPermissions,
  timeoutSeconds: 900,
}
