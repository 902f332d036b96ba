import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch'
import type * as dynamodb from 'aws-cdk-lib/aws-dynamodb'
import type * as sqs from 'aws-cdk-lib/aws-sqs'
import { Duration } from 'aws-cdk-lib/core'
import type { Construct } from 'constructs'
import type { DeployedFunction } from './function.ts'
import type { DeployedMachine } from './state-machine.ts'

export interface DashboardParts {
  readonly stack: string
  readonly machines: readonly DeployedMachine[]
  readonly functions: readonly DeployedFunction[]
  readonly table: dynamodb.Table
  readonly deadLetters: sqs.Queue
  readonly alarms: readonly cloudwatch.Alarm[]
}

const period = Duration.minutes(5)
const sum = { period, statistic: 'Sum' } as const

/** One page for a stack: alarms, what its flows and functions do, and what waits where. */
export function addDashboard(scope: Construct, parts: DashboardParts): void {
  const { stack, machines, functions, table, deadLetters, alarms } = parts
  new cloudwatch.Dashboard(scope, 'Dashboard', {
    dashboardName: stack,
    defaultInterval: Duration.days(1),
    widgets: [
      [new cloudwatch.AlarmStatusWidget({ title: 'Alarms', width: 24, height: 3, alarms: [...alarms] })],
      [
        graph(
          'Executions started',
          machines.map(({ flow, machine }) => machine.metricStarted({ ...sum, label: flow })),
        ),
        graph(
          'Executions failed or timed out',
          machines.flatMap(({ flow, machine }) => [
            machine.metricFailed({ ...sum, label: `${flow} failed` }),
            machine.metricTimedOut({ ...sum, label: `${flow} timed out` }),
          ]),
        ),
        graph(
          'How long executions take (ms, p90)',
          machines.map(({ flow, machine }) => machine.metricTime({ period, statistic: 'p90', label: flow })),
        ),
      ],
      [
        graph(
          'Calls of functions',
          of(functions, (one, label) => one.function.metricInvocations({ ...sum, label })),
        ),
        graph('Errors and throttles of functions', [
          ...of(functions, (one, label) => one.function.metricErrors({ ...sum, label: `${label} errors` })),
          ...of(functions, (one, label) =>
            one.function.metricThrottles({ ...sum, label: `${label} throttles` }),
          ),
        ]),
        graph(
          'How long functions take (ms, p90)',
          of(functions, (one, label) => one.function.metricDuration({ period, statistic: 'p90', label })),
        ),
      ],
      [
        graph('Dead letters', [
          deadLetters.metricApproximateNumberOfMessagesVisible({
            period,
            statistic: 'Maximum',
            label: 'waiting',
          }),
        ]),
        graph('The table', [
          table.metricConsumedReadCapacityUnits({ ...sum, label: 'read units' }),
          table.metricConsumedWriteCapacityUnits({ ...sum, label: 'write units' }),
        ]),
      ],
    ],
  })
}

function graph(title: string, left: cloudwatch.IMetric[]): cloudwatch.GraphWidget {
  return new cloudwatch.GraphWidget({ title, left, width: 8, height: 6, liveData: false })
}

function of(
  functions: readonly DeployedFunction[],
  metric: (one: DeployedFunction, label: string) => cloudwatch.IMetric,
): cloudwatch.IMetric[] {
  return functions.map(one => metric(one, one.capability))
}
