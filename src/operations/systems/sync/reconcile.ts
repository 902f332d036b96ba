import type { Context } from '../../../core/context.ts'
import type { Failure, Left } from '../../../core/outcome.ts'
import type { Found } from '../../../core/systems/provider.ts'
import { InvalidSystem } from '../../../core/systems/spec.ts'
import {
  HostnameTaken,
  RevisionConflict,
  SystemHeld,
  type SystemStore,
  UnknownSystem,
  UnreadableSystem,
} from '../../../core/systems/store.ts'
import type { NewSystem, System, SystemChange } from '../../../core/systems/system.ts'
import { systemsOf } from '../job/wired.ts'
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
  /** Machines that could not be taken in, and whose records are damaged. */
  readonly failure: readonly Failure[]
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
  const failure: Failure[] = []
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
  const match = async (found: Found, listing: Listing): Promise<System | undefined> => {
    const { place } = listing
    const { id } = understood(found.told)
    const free = before.filter(system => !seen.has(system.id) && system.provider === place.provider)
    const known = free.find(system => system.ref === found.ref && standsAt(place, system))
    const claimed = known ?? free.find(system => system.id === id)
    if (claimed === undefined || standsAt(place, claimed)) return claimed
    return (await hasLeft(claimed, listing)) ? claimed : undefined
  }
  /** Whether a system may be found at another node: whoever has it is asked, since any node can say that it has it. */
  const hasLeft = async (system: System, listing: Listing): Promise<boolean> => {
    const { node, provider } = system
    const nodes = systemsOf(context).nodes?.(provider)
    if (node === undefined || nodes?.includes(node) === false) return true
    return (await statusAt(listing, system)).state === 'missing'
  }
  /** Whether it was destroyed after it was listed, so that its machine is only remembered. */
  const isDestroyed = async (record: NewSystem, listing: Listing): Promise<boolean> => {
    if ((await store.history(record.id)).length === 0) return false
    const system = { ...record, revision: 1, createdAt: 0, updatedAt: 0 }
    return (await statusAt(listing, system)).state === 'missing'
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

  const takeIn = async (one: Found, listing: Listing): Promise<void> => {
    const { place, provider } = listing
    const system = await match(one, listing)
    if (system) {
      seen.add(system.id)
      await change(system, changeOf(system, one, place, !provider.abilities.has('create')), 'changed')
    } else if (one.told === undefined) {
      const where = place.node === undefined ? place.provider : `${place.provider} ${place.node}`
      strangers.push({ host: one.label, step, reason: `a stranger on ${where}, ${one.state}` })
    } else {
      const { id: told } = understood(one.told)
      const taken = told === undefined || seen.has(told) || before.some(({ id }) => id === told)
      const id = taken ? idOfFound(one, place) : told
      seen.add(id)
      const record = recordOf(one, place, id)
      if (!(await isDestroyed(record, listing))) await add(record)
    }
  }

  for (const listing of listings) {
    for (const one of listing.found) {
      try {
        await takeIn(one, listing)
      } catch (error) {
        if (!isItsOwn(error)) throw error
        failure.push({ host: one.label, step, code: 'refused', message: error.message, detail: {} })
      }
    }
  }
  // Not before all are listed: what one node doesn't have any more may have moved to the next.
  for (const listing of listings)
    for (const system of before.filter(one => standsAt(listing.place, one) && !seen.has(one.id))) {
      seen.add(system.id)
      const status = await statusAt(listing, system)
      await change(system, standingOf(system, status), status.state === 'missing' ? 'missing' : 'changed')
    }
  return { systems, strangers, failure }
}

/** What is wrong with one machine or its record keeps no other from being brought up to date. */
function isItsOwn(error: unknown): error is Error {
  return error instanceof HostnameTaken || error instanceof InvalidSystem || error instanceof UnreadableSystem
}
