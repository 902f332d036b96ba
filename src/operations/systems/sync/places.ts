import type { Context } from '../../../core/context.ts'
import { InvalidArguments, ReopsError } from '../../../core/errors.ts'
import { withinLimits } from '../../../core/operation/host-limit.ts'
import type { Found, Job, Provider } from '../../../core/systems/provider.ts'
import type { System } from '../../../core/systems/system.ts'
import { toTrouble } from '../job/trouble.ts'
import { systemsOf } from '../job/wired.ts'

/** Where systems stand that are listed together: a node, or a provider without nodes. */
export interface Place {
  /** How outcomes call it. */
  readonly name: string
  readonly provider: string
  readonly node: string | undefined
}

/** What was found at a place. */
export interface Listing {
  readonly place: Place
  readonly provider: Provider
  readonly found: readonly Found[]
  readonly job: Job
}

/** Which places are listed; all of them when nothing is said. */
export interface Where {
  readonly node?: string | undefined
  readonly provider?: string | undefined
}

/** The places of the configuration. Throws `InvalidArguments` for one that isn't there. */
export function placesOf({ node, provider }: Where, context: Context): readonly Place[] {
  const { providers, nodes } = systemsOf(context)
  const places = providers.flatMap((name): Place[] => {
    const own = nodes?.(name)
    return own === undefined
      ? [{ name, provider: name, node: undefined }]
      : own.map(node => ({ name: node, provider: name, node }))
  })
  const wanted = places.filter(
    place => (node === undefined || place.node === node) && (provider ?? place.provider) === place.provider,
  )
  if (wanted.length > 0 || (node ?? provider) === undefined) return wanted
  const known = places.map(({ name }) => name).join(', ')
  throw new InvalidArguments(
    `${context.step}: nothing is configured as ${node ?? provider}; there is ${known || 'nothing'}`,
  )
}

/** Whether a system stands at a place. */
export function standsAt({ provider, node }: Place, system: System): boolean {
  return system.provider === provider && (node === undefined || system.node === node)
}

/** Lists a place. Throws `SystemTrouble` when it can't be. `allowed` is milliseconds. */
export async function listPlace(place: Place, allowed: number, context: Context): Promise<Listing> {
  const { clock, signal, step } = context
  try {
    const provider = await systemsOf(context).provider(place.provider)
    const job: Job = {
      signal,
      clock,
      deadline: clock.now() + allowed,
      stage: stage => context.progress({ kind: 'stage', step, host: place.name, stage }),
      warn: stage => context.progress({ kind: 'stage', step, host: place.name, stage }),
    }
    const found = await withinLimits(provider.list(place.node, job), { allowed, clock, signal })
    return { place, provider, found, job }
  } catch (error) {
    throw toTrouble(error, signal)
  }
}

/** Whether a system that a listing doesn't have is gone: its provider is asked for it alone before anybody says so. */
export async function statusAt({ provider, job }: Listing, system: System) {
  const allowed = Math.max(1, job.deadline - job.clock.now())
  try {
    return await withinLimits(provider.status(system, job), { ...job, allowed })
  } catch (error) {
    const trouble = toTrouble(error, job.signal)
    if (trouble instanceof ReopsError || job.signal.aborted) throw trouble
    return { state: 'unknown' as const, detail: trouble.message }
  }
}
