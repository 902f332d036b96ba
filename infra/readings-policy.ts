import * as iam from 'aws-cdk-lib/aws-iam'
import { CfnOutput } from 'aws-cdk-lib/core'
import type { Construct } from 'constructs'
import { readingEvent } from '../src/core/watches/cloud/reading.ts'
import { type Places, statementOf } from './grant.ts'
import type { Project } from './project.ts'

/**
 * Adds a policy to attach to whatever identity the daemon at home has in this account, where watches that AWS keeps look at
 * sensors: it puts readings on the own bus, nothing else, and sees that the bus is there. It is not the bridge's, which may
 * be another machine.
 */
export function addReadingsPolicy(scope: Construct, places: Places, watches: Project['watches']): void {
  if ([...watches.values()].every(({ watch }) => watch.source.kind === 'poll')) return
  const { partition, region, account, stack } = places
  const resources = [`arn:${partition}:events:${region}:${account}:event-bus/${stack}`]
  const conditions = {
    StringEquals: { 'events:source': readingEvent.source, 'events:detail-type': readingEvent.type },
  }
  const permissions = [
    { actions: ['events:PutEvents'], resources, conditions },
    { actions: ['events:DescribeEventBus'], resources },
  ]
  const policy = new iam.ManagedPolicy(scope, 'ReadingsPolicy', {
    managedPolicyName: `${stack}-readings`,
    description: `What the daemon of ${stack} may do: tell what sensors say`,
    statements: permissions.map(permission => statementOf(permission, places)),
  })
  new CfnOutput(scope, 'ReadingsPolicyArn', {
    value: policy.managedPolicyArn,
    description: 'For the identity of the daemon',
  })
}
