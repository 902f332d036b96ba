import { describe, expect, test } from 'vitest'
import { flat, type Synthesised } from '../synth.ts'

/** What is expected of alarms. */
export function alarmTests(all: () => Synthesised): void {
  describe('alarms', () => {
    test('ring for failed executions, flows that watches could not start, dead letters, throttles and a silent bridge', () => {
      const names = Object.values(all().of('AWS::CloudWatch::Alarm')).map(one => one.Properties.AlarmName)
      expect(names.sort()).toEqual(
        [
          ...['listing', 'zones', 'night', 'morning', 'prices', 'many'].map(one => `failed-${one}`),
          ...['too-hot', 'both-warm', 'prices-low'].map(one => `failed-watch-${one}`),
          ...['too-hot', 'both-warm'].map(one => `silent-watch-${one}`),
          'watch-not-started',
          'dead-letters',
          'lost-starts',
          'throttled',
          'webhooks-flooded',
          'bridge-silent',
        ]
          .map(name => `closet-${name}`)
          .sort(),
      )
    })

    test('ring for a watch of sensors that hears nothing, also when nothing is counted at all', () => {
      const machine = all().one(
        'AWS::StepFunctions::StateMachine',
        'StateMachineName',
        'closet-watch-too-hot',
      )
      const silent = all().one('AWS::CloudWatch::Alarm', 'AlarmName', 'closet-silent-watch-too-hot')
      expect(silent.Properties).toMatchObject({
        Namespace: 'AWS/States',
        MetricName: 'ExecutionsStarted',
        Dimensions: [{ Name: 'StateMachineArn', Value: { Ref: machine.id } }],
        Statistic: 'Sum',
        // Twice the ten minutes for which its sensor is believed.
        Period: 1_200,
        EvaluationPeriods: 1,
        Threshold: 1,
        ComparisonOperator: 'LessThanThreshold',
        TreatMissingData: 'breaching',
      })
    })

    test('all tell the topic, which takes messages of alarms of this stack over TLS', () => {
      const [[topic]] = Object.entries(all().of('AWS::SNS::Topic')) as [[string, any]]
      for (const { Properties } of Object.values(all().of('AWS::CloudWatch::Alarm')))
        expect(Properties.AlarmActions).toEqual([{ Ref: topic }])
      const [policy] = Object.values(all().of('AWS::SNS::TopicPolicy'))
      const statements = flat(policy!.Properties.PolicyDocument.Statement)
      expect(statements.map((one: any) => one.Effect).sort()).toEqual(['Allow', 'Deny'])
      const [subscription] = Object.values(all().of('AWS::SNS::Subscription'))
      expect(subscription!.Properties).toMatchObject({ Protocol: 'email', Endpoint: 'ops@example.com' })
    })

    test('a job without a sign of life is found in the log', () => {
      const filter = all().one('AWS::Logs::MetricFilter', 'FilterName', 'closet-lost-jobs')
      expect(filter.Properties.FilterPattern).toBe(
        '{ ($.type = "TaskTimedOut") && ($.details.error = "States.HeartbeatTimeout") }',
      )
    })

    test('there is one dashboard', () => {
      const [board] = Object.values(all().of('AWS::CloudWatch::Dashboard'))
      expect(board!.Properties.DashboardName).toBe('closet')
      const { widgets } = JSON.parse(flat(board!.Properties.DashboardBody))
      expect(widgets.length).toBeGreaterThan(6)
    })
  })
}
