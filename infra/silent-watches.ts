import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch'
import { Duration } from 'aws-cdk-lib/core'
import type { Construct } from 'constructs'
import { sensorsOf, type Watch } from '../src/core/watch.ts'
import type { Places } from './grant.ts'
import { capitals } from './names.ts'
import type { DeployedWatch } from './watches.ts'

/** CloudWatch sums over a day at most, and looks back over a week of such sums. Seconds. */
const longestPeriod = 86_400
const mostPeriods = 7

/** Seconds of silence that nobody has to hear of, however short a `maxAge` is. */
const leastSilence = 600

/**
 * An alarm a watch of sensors that rings when no reading comes: the daemon at home is gone, its way to AWS is, or the sensor.
 * A watch that hears nothing does nothing, and would look like one that has nothing to do. A poll whose flow fails rings by
 * the alarm of that flow.
 */
export function silentWatches(
  own: Construct,
  watches: readonly DeployedWatch[],
  { stack }: Places,
): cloudwatch.Alarm[] {
  return watches.flatMap(({ watch, deployed: { machine } }) => {
    const silence = silenceOf(watch)
    if (silence === undefined) return []
    const seconds = Math.min(silence, longestPeriod)
    return new cloudwatch.Alarm(own, `Watch${capitals(watch.name)}Silent`, {
      alarmName: `${stack}-silent-watch-${watch.name}`,
      alarmDescription: `No reading for the watch ${watch.name} came in ${Math.round(silence / 60)} minutes, and it does nothing: look at reops status at home, and at the sensor`,
      metric: machine.metricStarted({ period: Duration.seconds(seconds), statistic: 'Sum' }),
      threshold: 1,
      evaluationPeriods: Math.min(mostPeriods, Math.ceil(silence / seconds)),
      comparisonOperator: cloudwatch.ComparisonOperator.LESS_THAN_THRESHOLD,
      treatMissingData: cloudwatch.TreatMissingData.BREACHING,
    })
  })
}

/** Twice as long as a sensor is believed, in whole minutes as seconds; nothing for what asks by itself. */
function silenceOf({ source }: Watch): number | undefined {
  if (source.kind === 'poll') return undefined
  const oldest = Math.max(...sensorsOf(source).map(({ options }) => options.maxAgeSeconds))
  return Math.ceil(Math.max(leastSilence, 2 * oldest) / 60) * 60
}
