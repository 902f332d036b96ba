import { compile } from '../../compile/compile.ts'
import { functionsOf } from '../../compile/functions.ts'
import { type Tally, type TransitionOptions, transitionsOf } from '../../compile/transitions.ts'
import type { Flow } from '../../core/flow.ts'
import type { Runs } from '../../core/runs.ts'
import { firingsPerMonth } from '../../core/schedule/firings.ts'
import { scheduleExpression } from '../../core/schedule.ts'
import type { NamedSchedule } from '../../run/schedules.ts'
import { freeTier, type Prices } from './cost-prices.ts'

/** What functions are deployed with. */
const gigabytes = 0.5

/**
 * Seconds that one call takes as a rule. Closures and the bridge's hand-over are over at once, a verb waits for machines
 * for most of its slice, and a command's end is waited for.
 */
const secondsOf: Readonly<Record<string, number>> = {
  code: 0.05,
  store: 0.1,
  bridge: 0.1,
  spot: 1,
  ec2: 15,
  ssm: 5,
}
const otherSeconds = 1

/** What is used in a month, or by some executions. */
export interface Usage {
  readonly transitions: number
  readonly requests: number
  readonly gigabyteSeconds: number
  readonly firings: number
  readonly looks: number
}

export interface FlowCost {
  readonly flow: string
  /** Of one execution. */
  readonly transitions: { readonly least: number; readonly usual: number; readonly most: number }
  readonly functions: readonly FunctionCost[]
  readonly schedules: readonly ScheduleCost[]
  readonly executionsPerMonth: number
  readonly month: Usage
  /** US dollars, nothing of it taken for free. */
  readonly dollarsPerMonth: number
  readonly dollarsPerThousand: number
}

export interface FunctionCost {
  readonly function: string
  /** Of one execution, as a rule. */
  readonly requests: number
  readonly gigabyteSeconds: number
}

/** A schedule, and who keeps it: what the daemon keeps costs nothing in AWS. */
export interface PlacedSchedule extends NamedSchedule {
  readonly runs: Runs
}

export interface ScheduleCost {
  readonly schedule: string
  readonly expression: string
  readonly timezone: string
  readonly enabled: boolean
  readonly runs: Runs
  /** In AWS. */
  readonly firingsPerMonth: number
}

/** What an execution of a flow costs, and a month of its schedules. */
export function costOf(
  { name, flow }: { readonly name: string; readonly flow: Flow },
  schedules: ReadonlyMap<string, PlacedSchedule>,
  prices: Prices,
  items: TransitionOptions['items'],
): FlowCost {
  const compiled = compile(flow, name)
  const { least, usual, most } = transitionsOf(compiled, items === undefined ? {} : { items })
  const capabilities = functionsOf(compiled)
  const functions = Object.entries(usual.calls)
    .map(([id, requests]) => callsOf(capabilities.get(id)?.capability ?? id, requests))
    .sort((one, other) => (one.function < other.function ? -1 : 1))
  const own = [...schedules].filter(([, one]) => one.flow === name)
  const listed = own.map(([schedule, one]) => scheduleCost(schedule, one))
  const firings = listed.reduce((sum, one) => sum + one.firingsPerMonth, 0)
  const looks = own.reduce(
    (sum, [, { schedule }], index) => sum + (schedule.options.overlap ? 0 : listed[index]!.firingsPerMonth),
    0,
  )
  const month = usageOf(usual, functions, firings, { firings, looks })
  return {
    flow: name,
    transitions: { least: least.transitions, usual: usual.transitions, most: most.transitions },
    functions,
    schedules: listed,
    executionsPerMonth: firings,
    month,
    dollarsPerMonth: dollarsOf(month, prices),
    dollarsPerThousand: dollarsOf(usageOf(usual, functions, 1_000, { firings: 0, looks: 0 }), prices),
  }
}

/** What flows and watches use together. */
export function sumOf(all: readonly { readonly month: Usage }[]): Usage {
  const sum = (of: (month: Usage) => number) => all.reduce((total, { month }) => total + of(month), 0)
  return {
    transitions: sum(one => one.transitions),
    requests: sum(one => one.requests),
    gigabyteSeconds: sum(one => one.gigabyteSeconds),
    firings: sum(one => one.firings),
    looks: sum(one => one.looks),
  }
}

/** What is left to be paid of a month when the free tier has been used up by nothing else. */
export function beyondFree(usage: Usage): Usage {
  const beyond = (key: keyof typeof freeTier) => Math.max(0, usage[key] - freeTier[key])
  return {
    transitions: beyond('transitions'),
    requests: beyond('requests'),
    gigabyteSeconds: beyond('gigabyteSeconds'),
    firings: beyond('firings'),
    looks: usage.looks,
  }
}

export function dollarsOf(usage: Usage, prices: Prices): number {
  return (
    usage.transitions * prices.transition +
    usage.requests * prices.request +
    usage.gigabyteSeconds * prices.gigabyteSecond +
    usage.firings * prices.firing +
    usage.looks * prices.look
  )
}

function usageOf(
  usual: Tally,
  functions: readonly FunctionCost[],
  times: number,
  more: Pick<Usage, 'firings' | 'looks'>,
): Usage {
  const sum = (of: (one: FunctionCost) => number) => functions.reduce((total, one) => total + of(one), 0)
  return {
    transitions: usual.transitions * times,
    requests: sum(one => one.requests) * times,
    gigabyteSeconds: sum(one => one.gigabyteSeconds) * times,
    ...more,
  }
}

function callsOf(capability: string, requests: number): FunctionCost {
  const seconds = secondsOf[capability] ?? otherSeconds
  return { function: capability, requests, gigabyteSeconds: requests * seconds * gigabytes }
}

function scheduleCost(name: string, { schedule, runs }: PlacedSchedule): ScheduleCost {
  const { when, options } = schedule
  return {
    schedule: name,
    ...scheduleExpression(when),
    enabled: options.enabled,
    runs,
    firingsPerMonth: options.enabled && runs === 'cloud' ? firingsPerMonth(when) : 0,
  }
}
