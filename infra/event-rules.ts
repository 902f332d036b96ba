import * as events from 'aws-cdk-lib/aws-events'
import * as targets from 'aws-cdk-lib/aws-events-targets'
import * as destinations from 'aws-cdk-lib/aws-lambda-destinations'
import type * as sqs from 'aws-cdk-lib/aws-sqs'
import { Duration } from 'aws-cdk-lib/core'
import { Construct } from 'constructs'
import type { DeployedFunction } from './function.ts'

/** What EC2 says of spot instances: that one goes in two minutes, and that one is likelier to. */
const signals = ['EC2 Spot Instance Interruption Warning', 'EC2 Instance Rebalance Recommendation']

/**
 * Hands EC2's warnings to the spot function, which writes them down as problems of systems. An hour later nobody is
 * helped any more; what could not be handed over or written by then is a dead letter.
 */
export function addEventRules(
  scope: Construct,
  spot: DeployedFunction,
  deadLetters: sqs.Queue,
  stack: string,
): void {
  const own = new Construct(scope, 'SpotEvents')
  const patience = { maxEventAge: Duration.hours(1), retryAttempts: 2 }
  new events.Rule(own, 'Rule', {
    ruleName: `${stack}-spot`,
    description:
      'Interruptions of spot instances and recommendations to rebalance, for the systems of Re-ops',
    eventPattern: { source: ['aws.ec2'], detailType: signals },
    targets: [new targets.LambdaFunction(spot.version, { ...patience, deadLetterQueue: deadLetters })],
  })
  // The rule's own queue is for events that Lambda did not take; those that the function fails at go here.
  spot.version.configureAsyncInvoke({
    ...patience,
    onFailure: new destinations.SqsDestination(deadLetters),
  })
}
