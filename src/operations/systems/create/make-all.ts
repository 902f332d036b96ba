import type { Context } from '../../../core/context.ts'
import type { Hosts } from '../../../core/hosts.ts'
import { accounted, type Result } from '../../../core/operation/accounted.ts'
import type { Outcome } from '../../../core/outcome.ts'
import type { Provider } from '../../../core/systems/provider.ts'
import type { System } from '../../../core/systems/system.ts'
import type { AtWork } from '../job/at-work.ts'
import { byNode } from '../job/by-node.ts'
import { jobGrace } from '../job/each-system.ts'
import type { JobLimits } from '../job/options.ts'
import { type Worked, worked } from '../job/system-operation.ts'
import { systemsOf } from '../job/wired.ts'
import { underLease, whileHeld } from '../job/with-system.ts'
import { hostsOf } from '../outcome.ts'
import { type Making, make } from './make.ts'
import { giveUp, type Place, type Reservation, type Reserved, reserve } from './reserve.ts'

/** Systems that are to be made by one provider. */
export interface Batch extends Pick<Reservation, 'wanted' | 'names' | 'by'> {
  readonly limits: JobLimits
  readonly provider: Provider
  readonly how: (at: AtWork) => Omit<Making, 'fresh'>
}

/** Makes systems side by side, each under its lease, and answers what became of every one of them. */
export async function makeAll(batch: Batch, context: Context): Promise<Outcome<Hosts, Worked>> {
  const { by, limits, wanted, names } = batch
  const { hosts, clock, step } = context
  const systems = systemsOf(context)
  const store = await systems.store()
  const timeout = limits.timeout === undefined ? hosts.timeout : limits.timeout * 1_000
  const waiting = { waitMs: limits.wait * 1_000, until: context.deadline ?? Number.POSITIVE_INFINITY }
  const reserved = await reserve({ by, wanted, names, ...waiting }, store, context)
  context.progress({ kind: 'hosts', step, hosts: reserved.map(({ host }) => host) })
  const begun = new Set<Reserved>()
  try {
    const atOnce = { overall: hosts.concurrency, perNode: limits.perNode }
    const results = await byNode(reserved, nodeOf, atOnce, place =>
      accounted(place.host, context, { timeout, grace: jobGrace }, async allowed => {
        begun.add(place)
        if ('trouble' in place) throw place.trouble
        return makeOne(place, clock.now() + allowed, batch, context)
      }),
    )
    return outcomeOfNew(results, systems.hostOf)
  } finally {
    for (const place of reserved)
      if ('held' in place && !begun.has(place)) await giveUp(place, by, store, context)
  }
}

function nodeOf(place: Reserved): string {
  return 'system' in place ? (place.system.node ?? '') : ''
}

function makeOne(
  { host, system, held, added }: Place,
  until: number,
  { by, provider, how }: Batch,
  context: Context,
): Promise<Worked> {
  return whileHeld(held, () =>
    underLease({ host, provider, by, until, waitMs: 0 }, system, held, context, async at => {
      await make(at, { ...how(at), fresh: added }, context)
      return worked(at)
    }),
  )
}

/** The outcome of a step that made its hosts itself. */
function outcomeOfNew(
  results: readonly Result<Worked>[],
  hostOf: (system: System) => Hosts['hosts'][number],
): Outcome<Hosts, Worked> {
  const successful = results.flatMap(result => ('success' in result ? [result.success] : []))
  return {
    on: hostsOf(successful.map(({ value }) => hostOf(value))),
    successful,
    failure: results.flatMap(result => ('failure' in result ? [result.failure] : [])),
    left: [],
  }
}
