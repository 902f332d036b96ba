import { compileWatch } from '../../compile/watch.ts'
import type { Flow } from '../../core/flow.ts'
import { firingsPerMonth } from '../../core/schedule/firings.ts'
import { every } from '../../core/schedule/when.ts'
import type { Sensor } from '../../core/sensor.ts'
import { sensorsOf, type Watch } from '../../core/watch.ts'
import { costOf, dollarsOf, type Usage } from './cost-estimate.ts'
import type { Prices } from './cost-prices.ts'

/** What a watch that AWS keeps costs in a month in which it has nothing to do. */
export interface WatchCost {
  readonly watch: string
  /** What begins an execution: the flow that a poll asks, or readings of sensors. */
  readonly looksAt: string
  /** Of one execution: its start, (asking,) deciding, the choice, and its end. */
  readonly transitions: number
  /** Of sensors: while each of them has one topic and changes nothing. */
  readonly executionsPerMonth: number
  readonly month: Usage
  readonly dollarsPerMonth: number
}

/** Seconds that a decision takes as a rule, times the GB of the function. */
const decision = 0.1 * 0.5

/** Seconds between two readings of a topic that change nothing: the daemon tells one in a third of `maxAge`, and none within ten. */
const between = ({ options }: Sensor): number => Math.max(10, options.maxAgeSeconds / 3)

const secondsPerMonth = firingsPerMonth(every.minutes(1)) * 60

/** What a watch costs in a month. Throws `InvalidWatch` for one that AWS can't keep. */
export function costOfWatch(watch: Watch, flows: ReadonlyMap<string, Flow>, prices: Prices): WatchCost {
  const { asks, starts } = compileWatch(watch, flows)
  const { source, name } = watch
  if (source.kind !== 'poll') {
    const sensors = sensorsOf(source)
    const readings = [...new Set(sensors)].reduce((sum, one) => sum + secondsPerMonth / between(one), 0)
    const month = usage(4, readings, 0)
    const looksAt = sensors.map(one => one.name).join(', ')
    return {
      ...{ watch: name, looksAt, transitions: 4, executionsPerMonth: readings },
      ...{ month, dollarsPerMonth: dollarsOf(month, prices) },
    }
  }
  const times = firingsPerMonth(every.minutes(source.everyMs / 60_000))
  const flow = starts.get(asks!)!
  const asked = costOf({ name: flow, flow: source.flow }, new Map(), prices, undefined)
  const own = usage(5, times, times)
  const calls = (of: 'requests' | 'gigabyteSeconds') =>
    asked.functions.reduce((sum, one) => sum + one[of] * times, 0)
  const month = {
    ...own,
    transitions: own.transitions + asked.transitions.usual * times,
    requests: own.requests + calls('requests'),
    gigabyteSeconds: own.gigabyteSeconds + calls('gigabyteSeconds'),
  }
  return {
    ...{ watch: name, looksAt: flow, transitions: 5 + asked.transitions.usual, executionsPerMonth: times },
    ...{ month, dollarsPerMonth: dollarsOf(month, prices) },
  }
}

function usage(transitions: number, times: number, firings: number): Usage {
  return {
    transitions: transitions * times,
    requests: times,
    gigabyteSeconds: times * decision,
    firings,
    looks: 0,
  }
}
