import type { Context } from '../../../core/context.ts'
import type { Host, Hosts } from '../../../core/hosts.ts'
import { hostsBefore, outcomeOf } from '../../../core/operation/accounted.ts'
import type { Outcome } from '../../../core/outcome.ts'
import type { Provider } from '../../../core/systems/provider.ts'
import type { System } from '../../../core/systems/system.ts'
import { byNode } from './by-node.ts'
import { accountedBySlices } from './by-slices.ts'
import { type Known, knownSystems } from './known.ts'
import { reachedNow } from './moved.ts'
import type { JobLimits } from './options.ts'
import { toTrouble } from './trouble.ts'
import { systemsOf } from './wired.ts'

/** Milliseconds after a system's time until we stop waiting for its work: enough to write down how it stands. */
export const jobGrace = 9_000

/** A system that its turn has come for. `until` is milliseconds since the epoch. */
export interface Turn {
  readonly host: Host
  readonly system: System
  readonly provider: Provider
  readonly until: number
}

/**
 * Does the same for each system that the hosts of an outcome are: so many at once, and fewer on one node. A host that
 * is no known system, or the same one as a host before it, is refused, unless `otherwise` has an answer for it.
 */
export async function eachSystem<T>(
  data: unknown,
  context: Context,
  limits: JobLimits,
  work: (turn: Turn, context: Context) => Promise<T>,
  otherwise?: (host: Host) => Promise<T | undefined>,
): Promise<Outcome<Hosts, T>> {
  const before = hostsBefore(data, context.step)
  const { on } = before
  const { clock, step, hosts } = context
  context.progress({ kind: 'hosts', step, hosts: on.hosts.map(host => host.name) })
  const known = await knownSystems(on, context)
  const timeout = limits.timeout === undefined ? hosts.timeout : limits.timeout * 1_000
  const atOnce = { overall: hosts.concurrency, perNode: limits.perNode }
  const within = { timeout, grace: jobGrace, wait: limits.wait * 1_000 }
  const results = await byNode(known, nodeOf, atOnce, one =>
    accountedBySlices(
      { key: one.host.name, host: one.host.name },
      context,
      within,
      async (allowed, context) => {
        const until = clock.now() + allowed
        if ('trouble' in one) return (await otherwise?.(one.host)) ?? Promise.reject(one.trouble)
        return work({ ...one, provider: await providerOf(one.system, context), until }, context)
      },
    ),
  )
  const outcome = outcomeOf(before, results)
  const { hostOf } = systemsOf(context)
  const now = new Map(known.map((one, index) => [one.host.name, reachedNow(one, results[index]!, hostOf)]))
  return { ...outcome, on: { ...outcome.on, hosts: outcome.on.hosts.map(({ name }) => now.get(name)!) } }
}

function nodeOf(known: Known): string {
  return 'system' in known ? `${known.system.provider} ${known.system.node ?? ''}` : ''
}

/** The provider of a system, whose absence is that system's trouble and nobody else's. */
export async function providerOf({ provider }: System, context: Context): Promise<Provider> {
  try {
    return await systemsOf(context).provider(provider)
  } catch (error) {
    throw toTrouble(error, context.signal)
  }
}
