import * as iam from 'aws-cdk-lib/aws-iam'
import * as scheduler from 'aws-cdk-lib/aws-scheduler'
import type * as sqs from 'aws-cdk-lib/aws-sqs'
import { Construct } from 'constructs'
import { scheduleExpression } from '../src/core/schedule.ts'
import { grant, type Places } from './grant.ts'
import { capitals } from './names.ts'
import type { Project } from './project.ts'
import type { DeployedMachine } from './state-machine.ts'

export interface ScheduleParts {
  readonly schedules: Project['schedules']
  /** By the names of their flows. */
  readonly machines: ReadonlyMap<string, DeployedMachine>
  readonly deadLetters: sqs.Queue
  readonly places: Places
}

/** Adds the group of a stack's schedules and a schedule for each that is declared; no group where none is. */
export function addSchedules(scope: Construct, parts: ScheduleParts): void {
  const { schedules, places } = parts
  if (schedules.size === 0) return
  const own = new Construct(scope, 'Schedules')
  const group = new scheduler.CfnScheduleGroup(own, 'Group', { name: places.stack })
  const roles = new Map<string, iam.Role>()
  for (const [name, { schedule, flow }] of schedules) {
    const { machine } = parts.machines.get(flow)!
    const role = roles.get(flow) ?? addStarter(own, flow, machine.stateMachineArn, group, parts)
    roles.set(flow, role)
    const { expression, timezone } = scheduleExpression(schedule.when)
    const { window, retry, enabled } = schedule.options
    new scheduler.CfnSchedule(own, capitals(name), {
      name,
      groupName: group.ref,
      description: `Starts ${flow} of ${places.stack}`,
      scheduleExpression: expression,
      scheduleExpressionTimezone: timezone,
      state: enabled ? 'ENABLED' : 'DISABLED',
      flexibleTimeWindow:
        window === undefined
          ? { mode: 'OFF' }
          : { mode: 'FLEXIBLE', maximumWindowInMinutes: Math.ceil(window / 60) },
      target: {
        // Scheduler's own target for state machines can't name the execution that it starts.
        arn: `arn:${places.partition}:scheduler:::aws-sdk:sfn:startExecution`,
        roleArn: role.roleArn,
        input: startInput(name, machine.stateMachineArn, schedule.input),
        retryPolicy: { maximumRetryAttempts: retry.attempts, maximumEventAgeInSeconds: retry.maxAgeSeconds },
        deadLetterConfig: { arn: parts.deadLetters.queueArn },
      },
    })
  }
}

/** Longest of what a schedule's name gives to the name of an execution: 80 in all, with the id of the start. */
const longestPrefix = 47

/**
 * What StartExecution is asked. An execution is named by its schedule and the id that Scheduler gives the start, so that
 * histories tell what began it.
 */
function startInput(name: string, machine: string, input: unknown): string {
  return JSON.stringify({
    StateMachineArn: machine,
    Name: `${name.slice(0, longestPrefix)}-<aws.scheduler.execution-id>`,
    Input: JSON.stringify(input),
  })
}

/** A role that may start one machine, on behalf of schedules of this group alone. */
function addStarter(
  own: Construct,
  flow: string,
  machine: string,
  group: scheduler.CfnScheduleGroup,
  { places, deadLetters }: ScheduleParts,
): iam.Role {
  const role = new iam.Role(own, `Start${capitals(flow)}`, {
    description: `Lets schedules of ${places.stack} start ${flow}`,
    assumedBy: new iam.ServicePrincipal('scheduler.amazonaws.com', {
      conditions: {
        StringEquals: { 'aws:SourceAccount': places.account, 'aws:SourceArn': group.attrArn },
      },
    }),
  })
  grant(role, { actions: ['states:StartExecution'], resources: [machine] }, places, '')
  grant(role, { actions: ['sqs:SendMessage'], resources: [deadLetters.queueArn] }, places, '')
  return role
}
