import type { Host } from '../../../core/hosts.ts'
import { withinLimits } from '../../../core/operation/host-limit.ts'
import type { SystemsPort } from '../../../core/systems/port.ts'
import type { Job, SnapshotInfo } from '../../../core/systems/provider.ts'
import type { ChangeEntry, SystemLease } from '../../../core/systems/store.ts'
import type { System } from '../../../core/systems/system.ts'

/** Everything that is known of a system. */
export interface Description {
  readonly system: System
  /** How it is reached. */
  readonly host: Host
  readonly holder: SystemLease | undefined
  /** Newest last. */
  readonly history: readonly ChangeEntry[]
  /** Or why they are not known. */
  readonly snapshots: readonly SnapshotInfo[] | string
}

/** Milliseconds that a provider may take to name snapshots; the rest is told without them then. */
export const snapshotsMs = 10_000

/** Gathers it. Only its snapshots are asked of its provider, for which `job` is made when it comes to that. */
export async function descriptionOf(
  system: System,
  systems: SystemsPort,
  now: number,
  job: () => Job,
): Promise<Description> {
  const store = await systems.store()
  return {
    system,
    host: systems.hostOf(system),
    holder: await store.holder(system.id, now),
    history: await store.history(system.id),
    snapshots: await snapshotsOf(system, systems, job),
  }
}

/** What can't be asked is no failure of the description: it says so instead. */
async function snapshotsOf(
  system: System,
  systems: SystemsPort,
  job: () => Job,
): Promise<Description['snapshots']> {
  try {
    const provider = await systems.provider(system.provider)
    if (!provider.abilities.has('snapshot')) return `${provider.name} systems have none`
    const asked = job()
    const limits = { allowed: snapshotsMs, clock: asked.clock, signal: asked.signal, grace: 1_000 }
    return await withinLimits(provider.snapshots(system, asked), limits)
  } catch (error) {
    return `not known: ${error instanceof Error ? error.message : String(error)}`
  }
}
