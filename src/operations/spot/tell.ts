import type { SpotRecord } from '../../core/prices.ts'

/** A price from a moment on: an ISO 8601 time, and USD per hour. */
export interface SpotChange {
  readonly at: string
  readonly price: number
}

/** What is known of the price of a type in a zone. */
export interface SpotPool {
  readonly type: string
  readonly zone: string
  /** USD per hour now; `null` where the zone doesn't have the type. */
  readonly price: number | null
  /** The oldest first. The first one may be older than the span that was asked for: it held as that began. */
  readonly history: readonly SpotChange[]
  /** USD per hour over the span, each price as long as it held; `null` where there is none. */
  readonly average: number | null
}

/** Spot prices at a moment, over a span before it. */
export interface SpotPrices {
  readonly currency: 'USD'
  readonly from: string
  readonly until: string
  /** Every type in every zone, in the order in which they were named. */
  readonly pools: readonly SpotPool[]
  /** Those that have a price, the cheapest now first. */
  readonly cheapest: readonly { readonly type: string; readonly zone: string; readonly price: number }[]
}

/** What prices were asked for: names, and a span in milliseconds since the epoch. */
export interface AskedPrices {
  readonly types: readonly string[]
  readonly zones: readonly string[]
  readonly from: number
  readonly until: number
}

/** Puts records together to what a person or a decision wants to know. */
export function tellPrices(asked: AskedPrices, records: readonly SpotRecord[]): SpotPrices {
  const { types, zones, from, until } = asked
  const byPool = Map.groupBy(records, ({ type, zone }) => `${type} ${zone}`)
  const pools = types.flatMap(type =>
    zones.map(zone => ({ type, zone, ...told(byPool.get(`${type} ${zone}`) ?? [], from, until) })),
  )
  const cheapest = pools
    .flatMap(({ type, zone, price }) => (price === null ? [] : [{ type, zone, price }]))
    .sort((a, b) => a.price - b.price)
  return { currency: 'USD', from: iso(from), until: iso(until), pools, cheapest }
}

function told(
  records: readonly SpotRecord[],
  from: number,
  until: number,
): Pick<SpotPool, 'price' | 'history' | 'average'> {
  const inOrder = records.filter(({ at }) => at <= until).sort((a, b) => a.at - b.at)
  // Of those before the span only the last one says anything about it.
  const first = Math.max(
    0,
    inOrder.findLastIndex(({ at }) => at <= from),
  )
  const changes = inOrder.slice(first).filter(isChange)
  return {
    price: changes.at(-1)?.price ?? null,
    history: changes.map(({ at, price }) => ({ at: iso(at), price })),
    average: averageOf(changes, from, until),
  }
}

/** AWS repeats a price every day, whether it has changed or not. */
function isChange({ price }: SpotRecord, index: number, all: readonly SpotRecord[]): boolean {
  return index === 0 || all[index - 1]!.price !== price
}

function averageOf(changes: readonly SpotRecord[], from: number, until: number): number | null {
  let sum = 0
  let span = 0
  changes.forEach(({ at, price }, index) => {
    const ms = (changes[index + 1]?.at ?? until) - Math.max(at, from)
    sum += price * ms
    span += ms
  })
  if (span > 0) return Number((sum / span).toPrecision(6))
  return changes.at(-1)?.price ?? null
}

function iso(at: number): string {
  return new Date(at).toISOString()
}
