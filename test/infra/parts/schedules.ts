import { describe, expect, test } from 'vitest'
import { allowed, flat, roleOf, type Synthesised } from '../synth.ts'

/** What is expected of schedules and rules of events. */
export function scheduleTests(all: () => Synthesised): void {
  describe('schedules', () => {
    const schedule = (name: string) => all().one('AWS::Scheduler::Schedule', 'Name', name).Properties
    const inputOf = (name: string) => JSON.parse(flat(schedule(name).Target.Input))

    test('are as they are declared, in a group of the stack', () => {
      const [[group]] = Object.entries(all().of('AWS::Scheduler::ScheduleGroup')) as [[string, any]]
      expect(schedule('listHourly')).toMatchObject({
        GroupName: { Ref: group },
        ScheduleExpression: 'rate(1 hour)',
        State: 'ENABLED',
        FlexibleTimeWindow: { Mode: 'FLEXIBLE', MaximumWindowInMinutes: 15 },
        Target: { RetryPolicy: { MaximumRetryAttempts: 3, MaximumEventAgeInSeconds: 1800 } },
      })
      expect(schedule('stopAtNight')).toMatchObject({
        ScheduleExpression: 'cron(0 22 ? * MON-FRI *)',
        ScheduleExpressionTimezone: 'Europe/Berlin',
        FlexibleTimeWindow: { Mode: 'OFF' },
      })
      expect(schedule('asleep')).toMatchObject({
        ScheduleExpression: 'at(2099-01-31T22:00:00)',
        ScheduleExpressionTimezone: 'America/New_York',
        State: 'DISABLED',
      })
    })

    test('one that may overlap starts its flow with its input, under a name that tells of it', () => {
      expect(inputOf('listHourly')).toEqual({
        StateMachineArn: expect.stringMatching(/^<FlowListing/),
        Name: 'listHourly-<aws.scheduler.execution-id>',
        Input: '{"path":"/srv"}',
      })
    })

    test('one that may not is handed to what looks first', () => {
      const { StateMachineArn, Input } = inputOf('stopAtNight')
      const starter = all().one(
        'AWS::StepFunctions::StateMachine',
        'StateMachineName',
        'closet-start-scheduled',
      )
      expect(StateMachineArn).toBe(`<${starter.id}>`)
      expect(starter.Properties.StateMachineType).toBe('EXPRESS')
      expect(JSON.parse(Input)).toEqual({
        machine: expect.stringMatching(/^<FlowNight/),
        prefix: 'stopAtNight',
        at: '<aws.scheduler.scheduled-time>',
        input: '{}',
      })
      const statements = allowed(all(), roleOf(starter, 'RoleArn'))
      expect(statements[0]).toMatchObject({ Action: ['states:ListExecutions', 'states:StartExecution'] })
      expect(statements[0].Resource).toEqual([
        expect.stringMatching(/^<FlowListing/),
        expect.stringMatching(/^<FlowNight/),
      ])
    })

    test('a role starts one machine, for schedules of this group', () => {
      const roleId = roleOf({ Properties: schedule('listHourly').Target }, 'RoleArn')
      expect(allowed(all(), roleId)).toEqual([
        {
          Effect: 'Allow',
          Action: 'states:StartExecution',
          Resource: expect.stringMatching(/^<FlowListing/),
        },
        { Effect: 'Allow', Action: 'sqs:SendMessage', Resource: expect.stringMatching(/^<DeadLetters/) },
      ])
      const { Condition } = all().template.Resources[roleId]!.Properties.AssumeRolePolicyDocument.Statement[0]
      expect(flat(Condition).StringEquals['aws:SourceArn']).toMatch(/^<SchedulesGroup\w+\.Arn>$/)
    })

    test('what could not be started is a dead letter', () => {
      const [[id, queue]] = Object.entries(all().of('AWS::SQS::Queue')) as [[string, any]]
      expect(schedule('listHourly').Target.DeadLetterConfig.Arn).toEqual({ 'Fn::GetAtt': [id, 'Arn'] })
      expect(queue.Properties).toMatchObject({
        QueueName: 'closet-dead-letters',
        SqsManagedSseEnabled: true,
        MessageRetentionPeriod: 14 * 86_400,
      })
    })
  })

  describe('events', () => {
    test('warnings of EC2 go to a version of the spot function, and to the dead letters otherwise', () => {
      const { Properties } = all().one('AWS::Events::Rule', 'Name', 'closet-spot')
      expect(Properties.EventPattern).toEqual({
        source: ['aws.ec2'],
        'detail-type': ['EC2 Spot Instance Interruption Warning', 'EC2 Instance Rebalance Recommendation'],
      })
      const [target] = Properties.Targets
      expect(all().template.Resources[target.Arn.Ref]!.Type).toBe('AWS::Lambda::Version')
      const [queue] = Object.keys(all().of('AWS::SQS::Queue'))
      const letters = { 'Fn::GetAtt': [queue, 'Arn'] }
      expect(target.DeadLetterConfig.Arn).toEqual(letters)
      const [config] = Object.values(all().of('AWS::Lambda::EventInvokeConfig'))
      expect(config!.Properties.DestinationConfig.OnFailure.Destination).toEqual(letters)
    })
  })
}
