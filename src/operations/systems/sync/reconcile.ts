import type { Context } from '../../../core/context.ts'
import type { Left } from '../../../core/outcome.ts'
import type { Found } from '../../../core/systems/provider.ts'
import {
  HostnameTaken,
  RevisionConflict,
  SystemHeld,
  type SystemStore,
  UnknownSystem,
} from '../../../core/systems/store.ts'
import type { NewSystem, System, SystemChange } from '../../../core/systems/system.ts'
import { type Listing, standsAt, statusAt } from './places.ts'
import { changeOf, idOfFound, recordOf, standingOf, understood } from './record.ts'

/** What a sync did to a system. `busy`: somebody was at work on it, so that it was left alone. */
export type Synced = System & {
  readonly synced: 'added' | 'changed' | 'missing' | 'unchanged' | 'busy'
}

export interface Reconciled {
  readonly systems: readonly Synced[]
  /** Machines that nobody of us made. */
  readonly strangers: readonly Left[]
}

/** How many names are tried for a machine whose own is taken. */
const mostNames = 1_000

/** Makes the store say what was found. A machine stands for one system, whatever it says of itself. */
export async function reconcile(
  listings: readonly Listing[],
  store: SystemStore,
  context: Context,
): Promise<Reconciled> {
  const { clock, step } = context
  const before = await store.list()
  const seen = new Set<string>()
  const systems: Synced[] = []
  const strangers: Left[] = []
  const author = () => ({ by: 'sync', at: clock.now() })

  const change = async (system: System, change: SystemChange, as: Synced['synced']): Promise<void> => {
    const busy = { ...system, synced: 'busy' as const }
    if (await store.holder(system.id, clock.now())) return void systems.push(busy)
    try {
      const after = await store.change(system.id, system.revision, change, author())
      systems.push({ ...after, synced: after.revision === system.revision ? 'unchanged' : as })
    } catch (error) {
      if (error instanceof UnknownSystem) return
      if (!(error instanceof SystemHeld || error instanceof RevisionConflict)) throw error
      systems.push(busy)
    }
  }
  const match = (found: Found, { place }: Listing): System | undefined => {
    const { id } = understood(found.told)
    const free = before.filter(system => !seen.has(system.id) && system.provider === place.provider)
    return (
      free.find(system => system.ref === found.ref && standsAt(place, system)) ??
      free.find(system => system.id === id)
    )
  }
  const add = async (record: NewSystem): Promise<void> => {
    for (let number = 1; number <= mostNames; number++) {
      const hostname = number === 1 ? record.hostname : `${record.hostname.slice(0, 58)}-${number}`
      try {
        systems.push({ ...(await store.add({ ...record, hostname }, author())), synced: 'added' })
        return
      } catch (error) {
        // Two that claim one name are told apart by a number.
        if (!(error instanceof HostnameTaken) || number === mostNames) throw error
      }
    }
  }

  for (const listing of listings) {
    const { place, provider, found } = listing
    const described = !provider.abilities.has('create')
    for (const one of found) {
      const system = match(one, listing)
      if (system) {
        seen.add(system.id)
        await change(system, changeOf(system, one, place, described), 'changed')
      } else if (one.told === undefined) {
        const where = place.node === undefined ? place.provider : `${place.provider} ${place.node}`
        strangers.push({ host: one.label, step, reason: `a stranger on ${where}, ${one.state}` })
      } else {
        const { id: told } = understood(one.told)
        const taken = told === undefined || seen.has(told) || before.some(({ id }) => id === told)
        const id = taken ? idOfFound(one, place) : told
        seen.add(id)
        await add(recordOf(one, place, id))
      }
    }
    for (const system of before.filter(one => standsAt(place, one) && !seen.has(one.id))) {
      seen.add(system.id)
      const status = await statusAt(listing, system)
      await change(system, standingOf(system, status), status.state === 'missing' ? 'missing' : 'changed')
    }
  }
  return { systems, strangers }
}
