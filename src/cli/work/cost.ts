import { keeperOf, runningIn } from '../../core/runs.ts'
import type { Watch } from '../../core/watch.ts'
import type { LoadedConfig } from '../../run/config.ts'
import { loadExports, loadFlows } from '../../run/flows.ts'
import { loadSchedules } from '../../run/schedules.ts'
import { watchesIn } from '../../run/triggers-in.ts'
import { withoutColor } from '../color.ts'
import type { Args } from '../command.ts'
import type { CommandContext } from '../context.ts'
import { given, text, wholeNumber } from '../parse.ts'
import { configuration } from '../session/configuration.ts'
import { styleFor } from '../session/printer.ts'
import { UsageError } from '../usage-error.ts'
import { beyondFree, costOf, dollarsOf, sumOf } from './cost-estimate.ts'
import { prices, pricesAsOf } from './cost-prices.ts'
import { type Costs, costLines } from './cost-table.ts'
import { costOfWatch } from './cost-watch.ts'
import { findFlow } from './find-flow.ts'

const usualRegion = 'us-east-1'
const mostItems = 1_000_000

/** Prints what flows cost in AWS: an execution, and a month at their schedules. Nobody is asked for anything. */
export async function printCost(context: CommandContext, args: Args): Promise<number> {
  const loaded = await configuration(context, args)
  const flows = await loadFlows(loaded)
  const named = await loadSchedules(loaded, flows)
  const schedules = new Map(
    [...named].map(([name, one]) => [
      name,
      { ...one, runs: keeperOf(one.schedule.options.runs, loaded.config) },
    ]),
  )
  const region = text(args, 'region') ?? loaded.config.aws.region ?? usualRegion
  const items = wholeNumber(args, 'items', 0, mostItems)
  const pricesOf = knownRegion(region, text(args, 'region') !== undefined)
  const found = args.words.map(name => ({ name, flow: findFlow(flows, name) }))
  const asked = found.length > 0 ? found : [...flows].map(([name, flow]) => ({ name, flow }))
  const costs = asked.map(one =>
    costOf(
      one,
      schedules,
      prices[pricesOf]!,
      items === undefined ? undefined : { least: items, usual: items, most: items },
    ),
  )
  // Asked for flows, it tells of these alone.
  const kept = found.length > 0 ? [] : [...(await watchesInCloud(loaded)).values()]
  const watches = kept.map(watch => costOfWatch(watch, flows, prices[pricesOf]!))
  const month = sumOf([...costs, ...watches])
  const told: Costs = {
    region,
    pricesOf,
    pricesAsOf,
    currency: 'USD',
    flows: costs,
    watches,
    dollarsPerMonth: dollarsOf(month, prices[pricesOf]!),
    dollarsPerMonthBeyondFreeTier: dollarsOf(beyondFree(month), prices[pricesOf]!),
  }
  const own = given(args, 'no-color') ? withoutColor(context) : context
  context.stdout.write(
    given(args, 'json')
      ? `${JSON.stringify(told, null, 2)}\n`
      : `${costLines(told, styleFor(own, own.stdout)).join('\n')}\n`,
  )
  return 0
}

async function watchesInCloud(loaded: LoadedConfig): Promise<ReadonlyMap<string, Watch>> {
  return runningIn('cloud', watchesIn(await loadExports(loaded)), ({ runs }) => runs, loaded.config)
}

/** A region of which there are prices; of another one that is configured, the usual one's, which differ little. */
function knownRegion(region: string, isAsked: boolean): string {
  if (Object.hasOwn(prices, region)) return region
  if (!isAsked) return usualRegion
  throw new UsageError(
    `there are no prices of ${JSON.stringify(region)} here; --region takes ${Object.keys(prices).join(' or ')}`,
  )
}
