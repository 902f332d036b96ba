import * as sqs from 'aws-cdk-lib/aws-sqs'
import { Duration, Validations } from 'aws-cdk-lib/core'
import type { Construct } from 'constructs'

/** The queue for starts and events that could not be delivered: encrypted, over TLS alone, kept for two weeks. */
export function addDeadLetters(scope: Construct, stack: string): sqs.Queue {
  const queue = new sqs.Queue(scope, 'DeadLetters', {
    queueName: `${stack}-dead-letters`,
    encryption: sqs.QueueEncryption.SQS_MANAGED,
    enforceSSL: true,
    retentionPeriod: Duration.days(14),
  })
  Validations.of(queue).acknowledge({
    id: 'AwsSolutions-SQS3',
    reason: 'it is a dead-letter queue: of schedules, rules and functions, which the rule does not look at',
  })
  return queue
}
