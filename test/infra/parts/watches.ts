import { describe, expect, test } from 'vitest'
import { allowed, flat, functionNamed, roleOf, type Synthesised } from '../synth.ts'

const states = (what: string) => `arn:<AWS::Partition>:states:<AWS::Region>:<AWS::AccountId>:${what}`

/** What is expected of watches that AWS keeps. */
export function watchTests(all: () => Synthesised): void {
  describe('watches', () => {
    const machineOf = (name: string) =>
      all().one('AWS::StepFunctions::StateMachine', 'StateMachineName', `closet-watch-${name}`)
    const rule = (name: string) => all().one('AWS::Events::Rule', 'Name', name).Properties

    test('are the very machines that the compiler gives, published, traced, and logging without data', () => {
      expect([...all().project.watches.keys()].sort()).toEqual(['both-warm', 'prices-low', 'too-hot'])
      for (const [name, { compiled }] of all().project.watches) {
        const { id, Properties } = machineOf(name)
        expect(Properties).toMatchObject({
          StateMachineType: 'STANDARD',
          DefinitionString: JSON.stringify(compiled.machine),
          TracingConfiguration: { Enabled: true },
          LoggingConfiguration: { Level: 'ALL', IncludeExecutionData: false },
        })
        const filled = Object.entries<any>(Properties.DefinitionSubstitutions).map(([key, { Ref }]) => [
          key,
          all().template.Resources[Ref]!.Type,
        ])
        expect(Object.fromEntries(filled)).toEqual({
          WatchFunction: 'AWS::Lambda::Version',
          ...Object.fromEntries(
            [...compiled.starts.keys()].map(key => [key, 'AWS::StepFunctions::StateMachine']),
          ),
        })
        const versions = Object.values(all().of('AWS::StepFunctions::StateMachineVersion'))
        expect(versions.filter(one => one.Properties.StateMachineArn.Ref === id)).toHaveLength(1)
      }
    })

    test('may call what decides and start the flows that they name, and nothing else', () => {
      const statements = allowed(all(), roleOf(machineOf('too-hot'), 'RoleArn'))
      expect(statements.filter(({ Resource }) => Resource !== '*')).toEqual([
        {
          Effect: 'Allow',
          Action: 'lambda:InvokeFunction',
          Resource: expect.stringMatching(/^<WatchFunction\w+\.Arn>:\*$/),
        },
        {
          Effect: 'Allow',
          Action: 'states:StartExecution',
          Resource: [expect.stringMatching(/^<FlowMorning/), expect.stringMatching(/^<FlowNight/)],
        },
      ])
    })

    test('that poll may follow and stop what they ask as well, by the rule that Step Functions has for it', () => {
      const statements = allowed(all(), roleOf(machineOf('prices-low'), 'RoleArn'))
      expect(statements).toEqual(
        expect.arrayContaining([
          {
            Effect: 'Allow',
            Action: ['states:DescribeExecution', 'states:StopExecution'],
            Resource: states('execution:closet-prices:*'),
          },
          {
            Effect: 'Allow',
            Action: ['events:DescribeRule', 'events:PutRule', 'events:PutTargets'],
            Resource:
              'arn:<AWS::Partition>:events:<AWS::Region>:<AWS::AccountId>:rule/StepFunctionsGetEventsForStepFunctionsExecutionRule',
          },
        ]),
      )
    })

    test('are decided by a function that reaches what they remember, and nothing else of the table', () => {
      const statements = allowed(all(), roleOf(functionNamed(all(), 'watch'), 'Role'))
      const services = statements.flatMap(one =>
        [one.Action].flat().map((name: string) => name.split(':')[0]),
      )
      expect([...new Set(services)].sort()).toEqual(['dynamodb', 'logs', 's3', 'xray'])
      const [table, ...others] = statements.filter(one => JSON.stringify(one.Action).includes('dynamodb:'))
      expect(others).toEqual([])
      expect(table.Condition).toEqual({
        'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': ['watches/*'] },
      })
      // A condition on keys says nothing of an action that has none.
      expect(table.Action).not.toContain('dynamodb:Scan')
      expect(table.Resource).toMatch(/:table\/<StateTable>$/)
    })

    test('on sensors are started by readings of these, from a bus of the stack', () => {
      const [[bus, { Properties }]] = Object.entries(all().of('AWS::Events::EventBus')) as [[string, any]]
      expect(Properties.Name).toBe('closet')
      expect(rule('too-hot')).toMatchObject({
        EventBusName: { Ref: bus },
        State: 'ENABLED',
        EventPattern: {
          source: ['re-ops'],
          'detail-type': ['Sensor Reading'],
          detail: { sensor: ['attic-heat'] },
        },
      })
      expect(rule('both-warm').EventPattern.detail).toEqual({ sensor: ['attic-heat', 'closet/temperature'] })
      const [target, ...others] = rule('too-hot').Targets
      expect(others).toEqual([])
      expect(flat(target)).toMatchObject({
        Arn: `<${machineOf('too-hot').id}>`,
        InputTransformer: { InputPathsMap: { detail: '$.detail' }, InputTemplate: '{"reading":<detail>}' },
        RetryPolicy: { MaximumEventAgeInSeconds: 3_600 },
        DeadLetterConfig: { Arn: expect.stringMatching(/^<DeadLetters\w+\.Arn>$/) },
      })
    })

    test('rules of this bus, and of no other, start these machines and leave dead letters', () => {
      const [target] = rule('too-hot').Targets
      const roleId = roleOf({ Properties: target }, 'RoleArn')
      expect(allowed(all(), roleId)).toEqual([
        {
          Effect: 'Allow',
          Action: 'states:StartExecution',
          Resource: [`<${machineOf('both-warm').id}>`, `<${machineOf('too-hot').id}>`],
        },
      ])
      const own = {
        StringEquals: { 'aws:SourceAccount': '<AWS::AccountId>' },
        ArnLike: {
          'aws:SourceArn': 'arn:<AWS::Partition>:events:<AWS::Region>:<AWS::AccountId>:rule/closet/*',
        },
      }
      const trust = all().template.Resources[roleId]!.Properties.AssumeRolePolicyDocument.Statement
      expect(trust.map((one: any) => flat(one.Condition))).toEqual([own])
      const [policy] = Object.values(all().of('AWS::SQS::QueuePolicy'))
      const letters = flat(policy!.Properties.PolicyDocument.Statement).filter(
        (one: any) => one.Sid === 'ReadingsOfWatches',
      )
      expect(letters).toMatchObject([{ Effect: 'Allow', Action: 'sqs:SendMessage', Condition: own }])
    })

    test('that poll are started at their times, by a name each', () => {
      const { Properties } = all().one('AWS::Scheduler::Schedule', 'Name', 'prices-low')
      expect(Properties).toMatchObject({
        ScheduleExpression: 'rate(1 minute)',
        FlexibleTimeWindow: { Mode: 'OFF' },
        Target: { RetryPolicy: { MaximumRetryAttempts: 3, MaximumEventAgeInSeconds: 60 } },
      })
      const [, group] = Object.entries(all().of('AWS::Scheduler::ScheduleGroup')).find(
        ([id]) => id === Properties.GroupName.Ref,
      )!
      expect(group.Properties.Name).toBe('closet-watches')
      expect(JSON.parse(flat(Properties.Target.Input))).toEqual({
        StateMachineArn: `<${machineOf('prices-low').id}>`,
        Name: 'prices-low-<aws.scheduler.execution-id>',
        Input: '{}',
      })
      expect(allowed(all(), roleOf({ Properties: Properties.Target }, 'RoleArn'))).toEqual([
        {
          Effect: 'Allow',
          Action: 'states:StartExecution',
          Resource: `<${machineOf('prices-low').id}>`,
        },
        { Effect: 'Allow', Action: 'sqs:SendMessage', Resource: expect.stringMatching(/^<DeadLetters/) },
      ])
    })

    test('are named by outputs', () => {
      const { Outputs } = all().template
      for (const key of ['WatchTooHot', 'WatchBothWarm', 'WatchPricesLow'])
        expect(flat(Outputs[key]!.Value)).toMatch(/^<Watches?Watch/)
      expect(flat(Outputs.EventBusName!.Value)).toMatch(/^<WatchesBus/)
    })

    test('that start nothing though they decided to are found in the log, by the state that says so', () => {
      const filter = all().one('AWS::Logs::MetricFilter', 'FilterName', 'closet-not-started').Properties
      const [, state] = /details\.name = "([^"]+)"/.exec(filter.FilterPattern) ?? []
      for (const { compiled } of all().project.watches.values())
        expect(Object.keys(compiled.machine.States)).toContain(state)
    })
  })
}
