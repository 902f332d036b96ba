import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch'
import * as actions from 'aws-cdk-lib/aws-cloudwatch-actions'
import * as iam from 'aws-cdk-lib/aws-iam'
import * as logs from 'aws-cdk-lib/aws-logs'
import * as sns from 'aws-cdk-lib/aws-sns'
import * as subscriptions from 'aws-cdk-lib/aws-sns-subscriptions'
import type * as sqs from 'aws-cdk-lib/aws-sqs'
import type * as sfn from 'aws-cdk-lib/aws-stepfunctions'
import { Duration } from 'aws-cdk-lib/core'
import { Construct } from 'constructs'
import { notStarted } from '../src/compile/watch.ts'
import type { DeployedFunction } from './function.ts'
import type { Places } from './grant.ts'
import { capitals } from './names.ts'
import { silentWatches } from './silent-watches.ts'
import type { DeployedMachine } from './state-machine.ts'
import type { DeployedWatch } from './watches.ts'

export interface AlarmParts {
  readonly machines: readonly DeployedMachine[]
  readonly watches: readonly DeployedWatch[]
  /** What starts the executions of schedules, where there is such a machine. */
  readonly starter: sfn.StateMachine | undefined
  readonly functions: readonly DeployedFunction[]
  readonly bridge: DeployedFunction | undefined
  readonly deadLetters: sqs.Queue
  /** Where state machines log. */
  readonly logGroup: logs.LogGroup
  readonly email: string | undefined
  readonly places: Places
}

const period = Duration.minutes(5)

/** CloudWatch's limit for the expression of an alarm. */
const mostMetrics = 10

/** Adds the topic of alarms and what rings: failed executions, flows that watches could not start, watches that hear nothing, dead letters, a silent bridge, throttled functions. */
export function addAlarms(scope: Construct, parts: AlarmParts): readonly cloudwatch.Alarm[] {
  const own = new Construct(scope, 'Alarms')
  const alarms = [
    ...parts.machines.map(({ flow, name, machine }) =>
      failed(own, { id: `Failed${capitals(flow)}`, name: `failed-${flow}`, what: name, machine }, parts),
    ),
    ...parts.watches.map(({ deployed: { flow, name, machine } }) =>
      failed(own, { id: `${capitals(flow)}Failed`, name: `failed-${flow}`, what: name, machine }, parts),
    ),
    ...(parts.watches.length > 0 ? [notStartedByWatches(own, parts)] : []),
    ...silentWatches(own, parts.watches, parts.places),
    ...(parts.starter ? [lostStarts(own, parts.starter, parts)] : []),
    deadLetters(own, parts),
    ...throttles(own, parts),
    ...floods(own, parts),
    ...(parts.bridge ? [silentBridge(own, parts.bridge, parts)] : []),
  ]
  const topic = addTopic(own, parts)
  for (const alarm of alarms) alarm.addAlarmAction(new actions.SnsAction(topic))
  return alarms
}

/**
 * The topic takes messages over TLS, from alarms of this stack alone. It has no key of its own: alarms can't publish under
 * AWS's, one of ours is a dollar a month, and a message holds the name of an alarm and a number.
 */
function addTopic(own: Construct, { email, places }: AlarmParts): sns.Topic {
  const { partition, region, account, stack } = places
  const topic = new sns.Topic(own, 'Topic', {
    topicName: `${stack}-alarms`,
    displayName: `Re-ops ${stack}`,
    enforceSSL: true,
  })
  topic.addToResourcePolicy(
    new iam.PolicyStatement({
      sid: 'OwnAlarms',
      actions: ['sns:Publish'],
      principals: [new iam.ServicePrincipal('cloudwatch.amazonaws.com')],
      resources: [topic.topicArn],
      conditions: {
        StringEquals: { 'aws:SourceAccount': account },
        ArnLike: { 'aws:SourceArn': `arn:${partition}:cloudwatch:${region}:${account}:alarm:${stack}-*` },
      },
    }),
  )
  if (email !== undefined) topic.addSubscription(new subscriptions.EmailSubscription(email))
  return topic
}

interface Failing {
  readonly id: string
  readonly name: string
  /** Whose executions. */
  readonly what: string
  readonly machine: sfn.StateMachine
}

function failed(
  own: Construct,
  { id, name, what, machine }: Failing,
  { places }: AlarmParts,
): cloudwatch.Alarm {
  return alarm(own, id, {
    alarmName: `${places.stack}-${name}`,
    alarmDescription: `An execution of ${what} failed or took too long. See: reops executions --cloud`,
    metric: new cloudwatch.MathExpression({
      label: 'failed or timed out',
      expression: 'failed + timedOut',
      usingMetrics: {
        failed: machine.metricFailed({ period, statistic: 'Sum' }),
        timedOut: machine.metricTimedOut({ period, statistic: 'Sum' }),
      },
      period,
    }),
  })
}

/** A watch whose flow can't be started goes on, so that its executions do not fail; it is read in the log. */
function notStartedByWatches(own: Construct, { logGroup, places }: AlarmParts): cloudwatch.Alarm {
  const filter = new logs.MetricFilter(own, 'NotStarted', {
    logGroup,
    filterName: `${places.stack}-not-started`,
    filterPattern: logs.FilterPattern.all(
      logs.FilterPattern.stringValue('$.type', '=', 'TaskStateEntered'),
      logs.FilterPattern.stringValue('$.details.name', '=', notStarted),
    ),
    metricNamespace: 'Re-ops',
    metricName: `${places.stack}-not-started`,
    metricValue: '1',
    defaultValue: 0,
  })
  return alarm(own, 'WatchesNotStarted', {
    alarmName: `${places.stack}-watch-not-started`,
    alarmDescription: `A watch decided to start a flow, and it could not be started. See: reops explain <watch> --cloud`,
    metric: filter.metric({ period, statistic: 'Sum' }),
  })
}

/** What starts the executions of schedules is asked once by Scheduler: when it gives up, a firing is lost. */
function lostStarts(own: Construct, machine: sfn.StateMachine, parts: AlarmParts): cloudwatch.Alarm {
  const what = `${parts.places.stack}-start-scheduled`
  return failed(own, { id: 'LostStarts', name: 'lost-starts', what, machine }, parts)
}

function deadLetters(own: Construct, { deadLetters: queue, places }: AlarmParts): cloudwatch.Alarm {
  return alarm(own, 'DeadLetters', {
    alarmName: `${places.stack}-dead-letters`,
    alarmDescription: `A scheduled start or an event could not be delivered; it is in the queue ${places.stack}-dead-letters with its reason`,
    metric: queue.metricApproximateNumberOfMessagesVisible({ period, statistic: 'Maximum' }),
  })
}

function throttles(own: Construct, { functions: all, places }: AlarmParts): cloudwatch.Alarm[] {
  const functions = all.filter(({ capability }) => capability !== 'webhook')
  const groups = Array.from({ length: Math.ceil(functions.length / mostMetrics) }, (_, index) =>
    functions.slice(index * mostMetrics, (index + 1) * mostMetrics),
  )
  return groups.map((group, index) => {
    const number = index === 0 ? '' : String(index + 1)
    const metrics = Object.fromEntries(
      group.map((one, place) => [`m${place}`, one.function.metricThrottles({ period, statistic: 'Sum' })]),
    )
    return alarm(own, `Throttled${number}`, {
      alarmName: `${places.stack}-throttled${number && `-${number}`}`,
      alarmDescription: `Lambda turned calls away: the account's limit of concurrent executions is reached`,
      metric: new cloudwatch.MathExpression({
        label: 'throttled calls',
        expression: Object.keys(metrics).join(' + '),
        usingMetrics: metrics,
        period,
      }),
    })
  })
}

/** Everybody can call the function of webhooks: that more do than it lets in is no word about the account. */
function floods(own: Construct, { functions, places }: AlarmParts): cloudwatch.Alarm[] {
  return functions
    .filter(({ capability }) => capability === 'webhook')
    .map(one =>
      alarm(own, 'WebhooksFlooded', {
        alarmName: `${places.stack}-webhooks-flooded`,
        alarmDescription: `Lambda turned requests to webhooks away: more came at once than aws.webhooks.concurrency lets in`,
        metric: one.function.metricThrottles({ period, statistic: 'Sum' }),
      }),
    )
}

/**
 * The bridge is silent when the function that hands jobs to it fails, and when a job that it took gives no sign of life.
 * Step Functions counts the latter for a whole account only, so it is read in the log.
 */
function silentBridge(
  own: Construct,
  bridge: DeployedFunction,
  { logGroup, places }: AlarmParts,
): cloudwatch.Alarm {
  const filter = new logs.MetricFilter(own, 'LostJobs', {
    logGroup,
    filterName: `${places.stack}-lost-jobs`,
    filterPattern: logs.FilterPattern.all(
      logs.FilterPattern.stringValue('$.type', '=', 'TaskTimedOut'),
      logs.FilterPattern.stringValue('$.details.error', '=', 'States.HeartbeatTimeout'),
    ),
    metricNamespace: 'Re-ops',
    metricName: `${places.stack}-lost-jobs`,
    metricValue: '1',
    defaultValue: 0,
  })
  return alarm(own, 'SilentBridge', {
    alarmName: `${places.stack}-bridge-silent`,
    alarmDescription: `Jobs don't reach the bridge, or it gives no sign of life of one that it took. See: reops doctor`,
    metric: new cloudwatch.MathExpression({
      label: 'jobs refused or lost',
      expression: 'errors + lost',
      usingMetrics: {
        errors: bridge.function.metricErrors({ period, statistic: 'Sum' }),
        lost: filter.metric({ period, statistic: 'Sum' }),
      },
      period,
    }),
  })
}

function alarm(
  own: Construct,
  id: string,
  props: Pick<cloudwatch.AlarmProps, 'metric'> & { alarmName: string; alarmDescription: string },
): cloudwatch.Alarm {
  return new cloudwatch.Alarm(own, id, {
    ...props,
    threshold: 1,
    evaluationPeriods: 1,
    comparisonOperator: cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
    treatMissingData: cloudwatch.TreatMissingData.NOT_BREACHING,
  })
}
