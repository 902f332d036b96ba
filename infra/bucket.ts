import * as s3 from 'aws-cdk-lib/aws-s3'
import { Duration, RemovalPolicy, Validations } from 'aws-cdk-lib/core'
import type { Construct } from 'constructs'

/**
 * The bucket for data that is too large for a state. Objects are named by the SHA-256 of what they hold and are never
 * written over with anything else, so it has no versions: they would keep what is to expire. It outlives its stack
 * (data in it expires all the same) unless its removal is asked for; one of a failed first deployment is empty and goes.
 */
export function addBucket(scope: Construct, spillDays: number, removeData: boolean): s3.Bucket {
  const bucket = new s3.Bucket(scope, 'DataBucket', {
    encryption: s3.BucketEncryption.S3_MANAGED,
    blockPublicAccess: s3.BlockPublicAccess.BLOCK_ALL,
    objectOwnership: s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
    enforceSSL: true,
    minimumTLSVersion: 1.2,
    versioned: false,
    lifecycleRules: [
      {
        id: 'expire',
        expiration: Duration.days(spillDays),
        abortIncompleteMultipartUploadAfter: Duration.days(1),
      },
    ],
    removalPolicy: removeData ? RemovalPolicy.DESTROY : RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
    autoDeleteObjects: removeData,
  })
  ;(bucket.node.defaultChild as s3.CfnBucket).overrideLogicalId('DataBucket')
  Validations.of(bucket).acknowledge({
    id: 'AwsSolutions-S1',
    reason:
      'access logs need a second bucket that holds more than this one: only roles of this stack read it, by names that nobody can list; whoever has to know has data events of CloudTrail',
  })
  return bucket
}
