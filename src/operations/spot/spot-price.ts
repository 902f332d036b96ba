import * as z from 'zod'
import type { Permission } from '../../core/aws.ts'
import type { Context } from '../../core/context.ts'
import { ReopsError } from '../../core/errors.ts'
import { withDefinition } from '../../core/operation/definition-of.ts'
import { define, fromStep, type Operation, task } from '../../core/operation/operation.ts'
import type { OrRef } from '../../core/ref.ts'
import { instanceType, zone } from '../../core/systems/ec2.ts'
import { type SpotPrices, tellPrices } from './tell.ts'

/** No prices are wired where the step executes. */
class NoPrices extends ReopsError {
  override readonly name = 'NoPrices'
}

const unique = (list: readonly string[]) => new Set(list).size === list.length

const schema = z.strictObject({
  types: z.array(instanceType).min(1).max(50).refine(unique, 'a type stands once'),
  zones: z.array(zone).min(1).max(50).refine(unique, 'a zone stands once'),
  /** AWS remembers 90 days. */
  hours: z
    .number()
    .positive()
    .max(90 * 24)
    .default(24),
})

/** AWS narrows the description of prices to no resource. */
const permissions: readonly Permission[] = [{ actions: ['ec2:DescribeSpotPriceHistory'] }]

const definition = define({
  name: 'spotPrice',
  site: 'cloud',
  capability: 'spot',
  effect: 'read',
  schema,
  permissions,
  timeoutSeconds: 120,
  describe: ({ types, zones, hours }: z.output<typeof schema>) =>
    `spot price of ${few(types)} in ${few(zones)} over ${hours}h`,
  handle,
})

/** How far prices are looked back at. */
export interface SpotPriceOptions {
  /** Hours, up to 90 days; a day when left out. */
  readonly hours?: OrRef<number> | undefined
}

/**
 * What spot capacity costs: of each type in each zone the price now in USD per hour, and how it changed over the last
 * hours, beginning with the change before them, which held as they began. Zones may be of several regions. Answers
 * plain data, the cheapest first in `cheapest`. Throws `InvalidArguments` for what is no type or zone, `UnknownSpotPool`
 * for those that AWS does not have, and `PricesUnavailable`.
 *
 * @example
 * await run(spotPrice(['t4g.micro', 't3.micro'], ['eu-central-1a', 'eu-central-1b'], { hours: 24 }))
 */
export function spotPrice(
  types: OrRef<string | readonly string[]>,
  zones: OrRef<string | readonly string[]>,
  { hours }: SpotPriceOptions = {},
): Operation<any, SpotPrices> {
  const list = (given: OrRef<string | readonly string[]>) => (typeof given === 'string' ? [given] : given)
  const args = { types: list(types), zones: list(zones), ...(hours === undefined ? {} : { hours }) }
  return fromStep(task(definition, args))
}

withDefinition(spotPrice, definition)

async function handle(
  _data: unknown,
  { types, zones, hours }: z.output<typeof schema>,
  { prices, clock, signal, step }: Context,
): Promise<SpotPrices> {
  if (prices === undefined)
    throw new NoPrices(`${step}: nobody tells prices here; run it where AWS is configured`)
  const until = clock.now()
  const from = until - hours * 3_600_000
  const records = await prices.spot({ types, zones, from, until }, signal)
  return tellPrices({ types, zones, from, until }, records)
}

function few(words: readonly string[]): string {
  return words.length > 3 ? `${words.slice(0, 3).join(', ')} and ${words.length - 3} more` : words.join(', ')
}
