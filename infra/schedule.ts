import * as iam from 'aws-cdk-lib/aws-iam'
import type * as logs from 'aws-cdk-lib/aws-logs'
import * as scheduler from 'aws-cdk-lib/aws-scheduler'
import type * as sqs from 'aws-cdk-lib/aws-sqs'
import type * as sfn from 'aws-cdk-lib/aws-stepfunctions'
import { Construct } from 'constructs'
import type { Json } from '../src/core/json.ts'
import { type Schedule, scheduleExpression } from '../src/core/schedule.ts'
import { grant, type Places } from './grant.ts'
import { capitals } from './names.ts'
import type { Project } from './project.ts'
import { addStarter } from './starter.ts'
import { longestPrefix, type StartRequest } from './starts.ts'
import type { DeployedMachine } from './state-machine.ts'

export interface ScheduleParts {
  readonly schedules: Project['schedules']
  /** By the names of their flows. */
  readonly machines: ReadonlyMap<string, DeployedMachine>
  readonly logGroup: logs.LogGroup
  readonly deadLetters: sqs.Queue
  readonly places: Places
}

/**
 * Adds the group of a stack's schedules, and one for each that is declared; nothing where none is. Answers the machine
 * that starts those which may not overlap, where there are such.
 */
export function addSchedules(scope: Construct, parts: ScheduleParts): sfn.StateMachine | undefined {
  const { schedules, places, deadLetters } = parts
  if (schedules.size === 0) return undefined
  const own = new Construct(scope, 'Schedules')
  const group = new scheduler.CfnScheduleGroup(own, 'Group', { name: places.stack })
  const machineOf = (flow: string) => parts.machines.get(flow)!.machine.stateMachineArn
  const single = [...schedules.values()].filter(({ schedule }) => !schedule.options.overlap)
  const starter =
    single.length === 0
      ? undefined
      : addStarter(own, { ...parts, machines: [...new Set(single.map(({ flow }) => machineOf(flow)))] })

  const roles = new Map<string, iam.Role>()
  for (const [name, { schedule, flow }] of schedules) {
    const { overlap, retry } = schedule.options
    const machine = machineOf(flow)
    const started = overlap ? machine : starter!.stateMachineArn
    const role =
      roles.get(started) ??
      addRole(own, overlap ? `Start${capitals(flow)}` : 'OneByOneRole', started, group, parts)
    roles.set(started, role)
    new scheduler.CfnSchedule(own, `Schedule${capitals(name)}`, {
      name,
      groupName: group.ref,
      description: `Starts ${flow} of ${places.stack}`,
      ...timesOf(schedule),
      target: {
        // Scheduler's own target for state machines can't name the execution that it starts.
        arn: `arn:${places.partition}:scheduler:::aws-sdk:sfn:startExecution`,
        roleArn: role.roleArn,
        input: startInput(name, started, overlap ? schedule.input : requestOf(name, machine, schedule)),
        retryPolicy: { maximumRetryAttempts: retry.attempts, maximumEventAgeInSeconds: retry.maxAgeSeconds },
        deadLetterConfig: { arn: deadLetters.queueArn },
      },
    })
  }
  return starter
}

/** What StartExecution is asked. Scheduler fills in the id that it gives a start; with it, a name has 80 characters. */
function startInput(name: string, machine: string, input: Json): string {
  return JSON.stringify({
    StateMachineArn: machine,
    Name: `${name.slice(0, 47)}-<aws.scheduler.execution-id>`,
    Input: JSON.stringify(input),
  })
}

function requestOf(name: string, machine: string, { input }: Schedule) {
  return {
    machine,
    prefix: name.slice(0, longestPrefix),
    at: '<aws.scheduler.scheduled-time>',
    input: JSON.stringify(input),
  } satisfies StartRequest
}

function timesOf({ when, options }: Schedule) {
  const { expression, timezone } = scheduleExpression(when)
  const { window, enabled } = options
  return {
    scheduleExpression: expression,
    scheduleExpressionTimezone: timezone,
    state: enabled ? 'ENABLED' : 'DISABLED',
    flexibleTimeWindow:
      window === undefined
        ? { mode: 'OFF' }
        : { mode: 'FLEXIBLE', maximumWindowInMinutes: Math.ceil(window / 60) },
  }
}

/** A role that may start one machine, on behalf of schedules of this group alone. */
function addRole(
  own: Construct,
  id: string,
  machine: string,
  group: scheduler.CfnScheduleGroup,
  { places, deadLetters }: ScheduleParts,
): iam.Role {
  const role = new iam.Role(own, id, {
    description: `Lets schedules of ${places.stack} start one state machine`,
    assumedBy: new iam.ServicePrincipal('scheduler.amazonaws.com', {
      conditions: { StringEquals: { 'aws:SourceAccount': places.account, 'aws:SourceArn': group.attrArn } },
    }),
  })
  grant(role, { actions: ['states:StartExecution'], resources: [machine] }, places, '')
  grant(role, { actions: ['sqs:SendMessage'], resources: [deadLetters.queueArn] }, places, '')
  return role
}
