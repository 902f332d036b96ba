import type { Context } from '../../../core/context.ts'
import type { Hosts } from '../../../core/hosts.ts'
import type { Result } from '../../../core/operation/accounted.ts'
import type { Outcome } from '../../../core/outcome.ts'
import type { Provider } from '../../../core/systems/provider.ts'
import type { NewSystem, System } from '../../../core/systems/system.ts'
import type { AtWork } from '../job/at-work.ts'
import { byNode } from '../job/by-node.ts'
import { accountedBySlices, mark } from '../job/by-slices.ts'
import { jobGrace } from '../job/each-system.ts'
import type { JobLimits } from '../job/options.ts'
import { type Worked, worked } from '../job/system-operation.ts'
import { systemsOf } from '../job/wired.ts'
import { underLease, whileHeld } from '../job/with-system.ts'
import { hostsOf } from '../outcome.ts'
import { type Making, make } from './make.ts'
import { giveUpAll, type Place, type Reservation, type Reserved, reserve } from './reserve.ts'

/** One that is to be made: its record, and who makes it by what. `until` is milliseconds since the epoch. */
export interface Wanted {
  readonly system: Omit<NewSystem, 'hostname'>
  readonly provider: Provider
  readonly build: (at: AtWork, until: number) => Making['build']
}

/** One that can't be made, and why. */
export interface Unwanted {
  readonly host: string
  readonly trouble: Error
}

/** Systems that are to be made side by side. */
export interface Batch extends Pick<Reservation, 'names' | 'by'> {
  readonly wanted: readonly (Wanted | Unwanted)[]
  readonly options: JobLimits & Pick<Making, 'start' | 'ready'>
}

/** Makes systems side by side, each under its lease; answers what became of each, in the order of the batch. */
export async function makeAll(
  { by, names, wanted, options }: Batch,
  context: Context,
): Promise<readonly Result<Worked>[]> {
  const { hosts, clock, step } = context
  const { slices } = context
  // What an earlier slice has made or failed at is not reserved again.
  const open = wanted.filter(one => slices?.settled(keyOf(one)) === undefined)
  const store = await systemsOf(context).store()
  const timeout = options.timeout === undefined ? hosts.timeout : options.timeout * 1_000
  const waitMs = options.wait * 1_000
  const until = slices?.endsAt ?? context.deadline ?? Number.POSITIVE_INFINITY
  const records = open.map(one => ('trouble' in one ? one : one.system))
  const reserved = await reserve({ by, names, wanted: records, waitMs, until }, store, context)
  context.progress({ kind: 'hosts', step, hosts: reserved.map(({ host }) => host) })
  const begun = new Set<Reserved>()
  const makeOne = async (
    place: Place,
    { provider, build }: Wanted,
    until: number,
    context: Context,
  ): Promise<Worked> => {
    const { host, system, held, added } = place
    if (added) mark(context, 'added')
    const fresh = added || context.turn?.marks.added !== undefined
    return whileHeld(held, () =>
      underLease({ host, provider, by, until, waitMs: 0 }, system, held, context, async at => {
        const { start, ready } = options
        await make(at, { build: build(at, until), fresh, start, ready }, context)
        return worked(at)
      }),
    )
  }
  try {
    const places = reserved.map((place, index) => ({ place, one: open[index]! }))
    const atOnce = { overall: hosts.concurrency, perNode: options.perNode }
    const limits = { timeout, grace: jobGrace, wait: waitMs }
    const results = await byNode(places, nodeOf, atOnce, ({ place, one }) =>
      accountedBySlices({ key: keyOf(one), host: place.host }, context, limits, async (allowed, context) => {
        begun.add(place)
        if ('trouble' in place) throw place.trouble
        if ('trouble' in one) throw one.trouble
        return makeOne(place, one, clock.now() + allowed, context)
      }),
    )
    return wanted.map(
      one => (slices?.settled(keyOf(one)) as Result<Worked> | undefined) ?? results[open.indexOf(one)]!,
    )
  } finally {
    await giveUpAll(
      reserved.filter(place => !begun.has(place)),
      by,
      store,
      context,
    )
  }
}

function keyOf(one: Wanted | Unwanted): string {
  return 'trouble' in one ? one.host : one.system.id
}

function nodeOf({ one }: { readonly one: Wanted | Unwanted }): string {
  return 'trouble' in one ? '' : `${one.provider.name} ${one.system.node ?? ''}`
}

/** The outcome of a step that made its hosts itself. */
export function outcomeOfNew(results: readonly Result<Worked>[], context: Context): Outcome<Hosts, Worked> {
  const { hostOf } = systemsOf(context)
  const successful = results.flatMap(result => ('success' in result ? [result.success] : []))
  return {
    on: hostsOf(successful.map(({ value }) => hostOf(value as System))),
    successful,
    failure: results.flatMap(result => ('failure' in result ? [result.failure] : [])),
    left: [],
  }
}
