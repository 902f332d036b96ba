import { describe, expect, test } from 'vitest'
import { flat, type Synthesised } from '../synth.ts'

/** What is expected of the table, the bucket and the stack itself. */
export function dataTests(all: () => Synthesised): void {
  describe('data', () => {
    test('the table is on demand, can be brought back, forgets by itself, and is hard to lose', () => {
      expect(all().template.Resources.StateTable).toMatchObject({
        Type: 'AWS::DynamoDB::Table',
        DeletionPolicy: 'Retain',
        UpdateReplacePolicy: 'Retain',
        Properties: {
          TableName: 'closet-state',
          BillingMode: 'PAY_PER_REQUEST',
          DeletionProtectionEnabled: true,
          PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
          TimeToLiveSpecification: { AttributeName: 'expires', Enabled: true },
          KeySchema: [
            { AttributeName: 'pk', KeyType: 'HASH' },
            { AttributeName: 'sk', KeyType: 'RANGE' },
          ],
        },
      })
    })

    test('the bucket is encrypted, private, over TLS alone, and forgets by itself', () => {
      const { Properties, DeletionPolicy } = all().template.Resources.DataBucket!
      expect(DeletionPolicy).toBe('RetainExceptOnCreate')
      expect(Properties).toMatchObject({
        BucketEncryption: {
          ServerSideEncryptionConfiguration: [{ ServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' } }],
        },
        PublicAccessBlockConfiguration: {
          BlockPublicAcls: true,
          BlockPublicPolicy: true,
          IgnorePublicAcls: true,
          RestrictPublicBuckets: true,
        },
        LifecycleConfiguration: { Rules: [{ ExpirationInDays: 120, Status: 'Enabled' }] },
      })
      expect(Properties.BucketName).toBeUndefined()
      const [policy] = Object.values(all().of('AWS::S3::BucketPolicy'))
      expect(policy!.Properties.PolicyDocument.Statement).toContainEqual(
        expect.objectContaining({ Effect: 'Deny', Condition: { Bool: { 'aws:SecureTransport': 'false' } } }),
      )
    })
  })

  describe('the stack', () => {
    test('says where everything is', () => {
      expect(flat(all().template.Outputs)).toMatchObject({
        StateMachineListing: { Value: expect.stringMatching(/^<FlowListing/) },
        TableName: { Value: '<StateTable>' },
        BucketName: { Value: '<DataBucket>' },
        Version: { Value: all().project.release },
      })
    })

    test('tags everything that takes a tag', () => {
      const untagged = Object.entries(all().template.Resources)
        .filter(([, { Type }]) => !takesNone.has(Type))
        .filter(([, { Properties }]) => !JSON.stringify(Properties.Tags ?? '').includes('"re-ops"'))
      expect(untagged.map(([id, { Type }]) => `${id} (${Type})`)).toEqual([])
    })
  })
}

const takesNone = new Set([
  'AWS::CloudWatch::Dashboard',
  'AWS::IAM::ManagedPolicy',
  'AWS::IAM::Policy',
  'AWS::Lambda::EventInvokeConfig',
  'AWS::Lambda::Permission',
  'AWS::Lambda::Url',
  'AWS::Lambda::Version',
  'AWS::Logs::MetricFilter',
  'AWS::S3::BucketPolicy',
  'AWS::SNS::Subscription',
  'AWS::SNS::TopicPolicy',
  'AWS::SQS::QueuePolicy',
  'AWS::Scheduler::Schedule',
  'AWS::StepFunctions::StateMachineVersion',
])
