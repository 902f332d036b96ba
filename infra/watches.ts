import * as events from 'aws-cdk-lib/aws-events'
import * as iam from 'aws-cdk-lib/aws-iam'
import type * as logs from 'aws-cdk-lib/aws-logs'
import * as scheduler from 'aws-cdk-lib/aws-scheduler'
import type * as sqs from 'aws-cdk-lib/aws-sqs'
import { CfnOutput, Stack } from 'aws-cdk-lib/core'
import { Construct } from 'constructs'
import { every } from '../src/core/schedule/when.ts'
import { scheduleExpression } from '../src/core/schedule.ts'
import { type Polled, sensorsOf, type Watch } from '../src/core/watch.ts'
import { readingEvent } from '../src/core/watches/cloud/reading.ts'
import type { DeployedFunction } from './function.ts'
import { grant, type Places } from './grant.ts'
import { capitals } from './names.ts'
import type { Project } from './project.ts'
import type { DeployedMachine } from './state-machine.ts'
import { addWatchMachine } from './watch-machine.ts'

export interface WatchParts {
  readonly watches: Project['watches']
  /** Of the flows that they start. */
  readonly machines: readonly DeployedMachine[]
  readonly functions: ReadonlyMap<string, DeployedFunction>
  readonly logGroup: logs.LogGroup
  readonly deadLetters: sqs.Queue
  readonly places: Places
}

/** A reading, and a poll's turn, that is so late helps nobody any more. Seconds. */
const longestAge = 3_600

/** Scheduler takes no less. Seconds. */
const shortestAge = 60

/**
 * Adds a state machine a watch that AWS keeps, and what starts it: the bus of readings with a rule a watch of sensors, and a
 * schedule a poll. Answers them with their machines.
 */
export function addWatches(scope: Construct, parts: WatchParts): readonly DeployedWatch[] {
  if (parts.watches.size === 0) return []
  const own = new Construct(scope, 'Watches')
  const flows = new Map(parts.machines.map(one => [one.flow, one]))
  const made = [...parts.watches.values()].map(({ watch, compiled }) => ({
    watch,
    deployed: addWatchMachine(own, { ...parts, watch, compiled, flows }),
  }))
  addRules(own, made, parts)
  addPolls(own, made, parts)
  for (const { watch, deployed } of made)
    new CfnOutput(scope, `Watch${capitals(watch.name)}`, {
      value: deployed.machine.stateMachineArn,
      description: `The watch ${watch.name}`,
    })
  return made
}

/** A watch that AWS keeps, and its machine. */
export interface DeployedWatch {
  readonly watch: Watch
  readonly deployed: DeployedMachine
}

/** The bus to which the daemon at home tells readings, where a watch looks at a sensor; each of its rules starts one machine. */
function addRules(own: Construct, made: readonly DeployedWatch[], { places, deadLetters }: WatchParts): void {
  const sensing = made.filter(({ watch }) => watch.source.kind !== 'poll')
  if (sensing.length === 0) return
  const { partition, region, account, stack } = places
  const bus = new events.EventBus(own, 'Bus', {
    eventBusName: stack,
    description: `What sensors of ${stack} say to the watches that AWS keeps`,
  })
  new CfnOutput(Stack.of(own), 'EventBusName', {
    value: bus.eventBusName,
    description: 'Where readings are told',
  })
  const rules = `arn:${partition}:events:${region}:${account}:rule/${stack}/*`
  const onBehalf = { StringEquals: { 'aws:SourceAccount': account }, ArnLike: { 'aws:SourceArn': rules } }
  const principal = new iam.ServicePrincipal('events.amazonaws.com', { conditions: onBehalf })
  const role = addRole(own, 'RulesRole', 'rules', principal, sensing, places)
  // One statement for all of them: a queue's policy has room for twenty.
  deadLetters.addToResourcePolicy(
    new iam.PolicyStatement({
      sid: 'ReadingsOfWatches',
      actions: ['sqs:SendMessage'],
      principals: [principal],
      resources: [deadLetters.queueArn],
    }),
  )
  for (const { watch, deployed } of sensing)
    new events.CfnRule(own, `Rule${capitals(watch.name)}`, {
      name: watch.name,
      eventBusName: bus.eventBusName,
      description: `Readings for the watch ${watch.name} of ${stack}`,
      state: 'ENABLED',
      eventPattern: {
        source: [readingEvent.source],
        'detail-type': [readingEvent.type],
        detail: { sensor: sensorNames(watch) },
      },
      targets: [
        {
          id: 'watch',
          arn: deployed.machine.stateMachineArn,
          roleArn: role.roleArn,
          inputTransformer: { inputPathsMap: { detail: '$.detail' }, inputTemplate: '{"reading":<detail>}' },
          retryPolicy: { maximumEventAgeInSeconds: longestAge, maximumRetryAttempts: 20 },
          deadLetterConfig: { arn: deadLetters.queueArn },
        },
      ],
    })
}

function sensorNames({ source }: Watch): readonly string[] {
  return [...new Set(sensorsOf(source).map(({ name }) => name))].sort()
}

/** A schedule a poll, in a group of their own: watches may be called as exports are. */
function addPolls(own: Construct, made: readonly DeployedWatch[], { places, deadLetters }: WatchParts): void {
  const polling = made.flatMap(({ watch, deployed }) =>
    watch.source.kind === 'poll' ? [{ watch, deployed, source: watch.source }] : [],
  )
  if (polling.length === 0) return
  const { account, partition, stack } = places
  const group = new scheduler.CfnScheduleGroup(own, 'Group', { name: `${stack}-watches` })
  const principal = new iam.ServicePrincipal('scheduler.amazonaws.com', {
    conditions: { StringEquals: { 'aws:SourceAccount': account, 'aws:SourceArn': group.attrArn } },
  })
  const role = addRole(own, 'PollsRole', 'schedules', principal, polling, places)
  grant(role, { actions: ['sqs:SendMessage'], resources: [deadLetters.queueArn] }, places, '')
  for (const { watch, deployed, source } of polling)
    new scheduler.CfnSchedule(own, `Poll${capitals(watch.name)}`, {
      name: watch.name,
      groupName: group.ref,
      description: `Asks for the watch ${watch.name} of ${stack}`,
      scheduleExpression: scheduleExpression(every.minutes(source.everyMs / 60_000)).expression,
      flexibleTimeWindow: { mode: 'OFF' },
      target: {
        // Scheduler's own target for state machines can't name the execution that it starts.
        arn: `arn:${partition}:scheduler:::aws-sdk:sfn:startExecution`,
        roleArn: role.roleArn,
        input: JSON.stringify({
          StateMachineArn: deployed.machine.stateMachineArn,
          // With the id that Scheduler fills in it has 80 characters at most.
          Name: `${watch.name.slice(0, 47)}-<aws.scheduler.execution-id>`,
          Input: '{}',
        }),
        retryPolicy: { maximumRetryAttempts: 3, maximumEventAgeInSeconds: patience(source) },
        deadLetterConfig: { arn: deadLetters.queueArn },
      },
    })
}

/** Until the next one is due. */
function patience({ everyMs }: Polled): number {
  return Math.min(longestAge, Math.max(shortestAge, everyMs / 1_000))
}

/** A role that may start the machines of some watches. */
function addRole(
  own: Construct,
  id: string,
  who: string,
  assumedBy: iam.IPrincipal,
  watches: readonly DeployedWatch[],
  places: Places,
): iam.Role {
  const role = new iam.Role(own, id, {
    description: `Lets ${who} of ${places.stack} start the machines of watches`,
    assumedBy,
  })
  const resources = watches.map(({ deployed }) => deployed.machine.stateMachineArn)
  grant(role, { actions: ['states:StartExecution'], resources }, places, '')
  return role
}
