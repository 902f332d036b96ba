import type { Style } from '../../operations/output/format/index.ts'
import { paintedTable } from '../../operations/output/format/painted-table.ts'
import type { FlowCost, ScheduleCost } from './cost-estimate.ts'
import type { WatchCost } from './cost-watch.ts'

/** What is told of all flows. */
export interface Costs {
  readonly region: string
  readonly pricesOf: string
  readonly pricesAsOf: string
  readonly currency: 'USD'
  readonly flows: readonly FlowCost[]
  /** Those that AWS keeps. */
  readonly watches: readonly WatchCost[]
  readonly dollarsPerMonth: number
  /** When nothing else in the account uses the free tier. */
  readonly dollarsPerMonthBeyondFreeTier: number
}

/** The lines that a person reads. */
export function costLines(costs: Costs, style: Style): string[] {
  const { flows, pricesOf, pricesAsOf, dollarsPerMonth, dollarsPerMonthBeyondFreeTier } = costs
  const rows = flows.map(one => [
    one.flow,
    `${one.transitions.least} / ${one.transitions.usual} / ${most(one.transitions.most)}`,
    String(one.functions.reduce((sum, { requests }) => sum + requests, 0)),
    one.schedules.map(scheduleWords).join(', ') || '-',
    amount(one.executionsPerMonth),
    dollars(one.dollarsPerMonth),
    dollars(one.dollarsPerThousand),
  ])
  return [
    ...paintedTable(
      [
        'FLOW',
        'TRANSITIONS',
        'CALLS',
        { heading: 'SCHEDULES', share: 0.3 },
        'A MONTH',
        '$ A MONTH',
        '$ PER 1000',
      ],
      rows,
      style,
    ),
    '',
    ...watchLines(costs.watches, style),
    `${dollars(dollarsPerMonth)} a month, ${dollars(dollarsPerMonthBeyondFreeTier)} beyond what every account has free; list prices of ${pricesOf}, ${pricesAsOf}`,
    'transitions are the least / usual / most of one execution; instances, data and logs are not in it',
  ]
}

function scheduleWords({ schedule, enabled, runs }: ScheduleCost): string {
  if (!enabled) return `${schedule} (off)`
  return runs === 'cloud' ? schedule : `${schedule} (at home)`
}

function watchLines(watches: readonly WatchCost[], style: Style): string[] {
  if (watches.length === 0) return []
  const rows = watches.map(one => [
    one.watch,
    one.looksAt,
    String(one.transitions),
    amount(one.executionsPerMonth),
    dollars(one.dollarsPerMonth),
  ])
  const headings = ['WATCH', { heading: 'LOOKS AT', share: 0.3 }, 'TRANSITIONS', 'A MONTH', '$ A MONTH']
  return [...paintedTable(headings, rows, style), '']
}

/** Loops within loops may be many in theory. */
function most(count: number): string {
  return count < 100_000 ? String(count) : count.toExponential(0).replace('e+', 'e')
}

function amount(count: number): string {
  return count === 0 ? '-' : count < 10 ? count.toFixed(1) : String(Math.round(count))
}

/** Cents are too coarse for what most flows cost. */
function dollars(sum: number): string {
  if (sum === 0) return '$0'
  return sum >= 0.0001 ? `$${sum.toFixed(sum >= 1 ? 2 : 4)}` : '<$0.0001'
}
