import type { Context } from '../../../core/context.ts'
import { fullName } from '../../../core/systems/full-name.ts'
import { HostnameTaken, type SystemStore } from '../../../core/systems/store.ts'
import type { NewSystem, System } from '../../../core/systems/system.ts'
import { SystemTrouble } from '../../../core/systems/trouble.ts'
import type { Hold } from '../job/hold.ts'
import { toTrouble } from '../job/trouble.ts'
import { claim } from '../job/with-system.ts'

/** A place in the store with a name, held for a system that is to be made. */
export interface Place {
  readonly host: string
  readonly system: System
  readonly held: Hold
  /** It was not there before. */
  readonly added: boolean
}

/** A place, or why there is none for this one. */
export type Reserved = Place | Placeless

interface Placeless {
  readonly host: string
  readonly trouble: Error
}

/**
 * What is reserved: systems without their names or why there is nothing to reserve, the names to try, and who does it.
 * Times are milliseconds.
 */
export interface Reservation {
  readonly wanted: readonly (Omit<NewSystem, 'hostname'> | Placeless)[]
  readonly names: Iterator<string, void>
  readonly by: string
  readonly waitMs: number
  readonly until: number
}

/**
 * Takes the leases and the names of all systems that are to be made, before anything is made of any: from then on
 * each is in the store as `creating`, and nobody takes it for abandoned. One that is there already, because its step
 * is repeated, keeps its name. When this throws, nothing stays reserved.
 */
export async function reserve(
  { wanted, ...how }: Reservation,
  store: SystemStore,
  context: Context,
): Promise<readonly Reserved[]> {
  const places: Reserved[] = []
  const taken = new Set((await store.list()).map(({ hostname }) => hostname))
  try {
    for (const one of wanted)
      places.push('trouble' in one ? one : await reserveOne(one, { ...how, taken }, store, context))
    return places
  } catch (error) {
    await giveUpAll(places, how.by, store, context)
    throw toTrouble(error, context.signal)
  }
}

/** Gives places back that nothing was made in. One that can't be given back keeps none of the others held. */
export async function giveUpAll(
  places: readonly Reserved[],
  by: string,
  store: SystemStore,
  context: Context,
): Promise<void> {
  const held = places.filter(place => 'held' in place)
  const given = await Promise.allSettled(held.map(place => giveUp(place, by, store, context)))
  for (const one of given) if (one.status === 'rejected') throw one.reason
}

async function giveUp(
  { system, held, added }: Place,
  by: string,
  store: SystemStore,
  { clock }: Context,
): Promise<void> {
  try {
    if (added) await store.remove(system.id, system.revision, { by, at: clock.now(), fence: held.fence })
  } finally {
    await held.release()
  }
}

async function reserveOne(
  wanted: Omit<NewSystem, 'hostname'>,
  { names, taken, ...how }: Omit<Reservation, 'wanted'> & { readonly taken: ReadonlySet<string> },
  store: SystemStore,
  context: Context,
): Promise<Reserved> {
  const known = await store.get(wanted.id)
  const tried: string[] = []
  const next = () => {
    for (let name = names.next(); !name.done; name = names.next()) {
      tried.push(name.value)
      if (!taken.has(name.value)) return name.value
    }
    return undefined
  }
  let host = known?.hostname ?? next()
  if (host === undefined) return nameTaken(tried.at(-1)!, store)
  let held: Hold
  try {
    held = await claim({ ...how, host }, context, wanted.id)
  } catch (error) {
    const trouble = toTrouble(error, context.signal)
    if (!(trouble instanceof SystemTrouble) || trouble.code === 'cancelled') throw trouble
    return { host, trouble }
  }
  try {
    const now = await store.get(wanted.id)
    if (now !== undefined) return { host: now.hostname, system: now, held, added: false }
    while (host !== undefined) {
      const added = await addAs(host, wanted, { ...how, held }, store, context)
      if (added !== undefined) return { host, system: added, held, added: true }
      host = next()
    }
    await held.release()
    return nameTaken(tried.at(-1)!, store)
  } catch (error) {
    await held.release()
    throw error
  }
}

/** Nothing where somebody else was faster to take the name. */
async function addAs(
  hostname: string,
  wanted: Omit<NewSystem, 'hostname'>,
  { by, held }: { readonly by: string; readonly held: Hold },
  store: SystemStore,
  { clock }: Context,
): Promise<System | undefined> {
  try {
    return await store.add({ ...wanted, hostname }, { by, at: clock.now(), fence: held.fence })
  } catch (error) {
    if (error instanceof HostnameTaken) return undefined
    throw error
  }
}

async function nameTaken(host: string, store: SystemStore): Promise<Reserved> {
  const other = await store.find(host)
  const who = other === undefined ? 'another system' : `${fullName(other)} (${other.id}, ${other.state})`
  const message = `the hostname ${host} is taken by ${who}; name another one, or destroy that`
  return { host, trouble: new SystemTrouble('refused', message) }
}
