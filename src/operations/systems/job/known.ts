import type { Context } from '../../../core/context.ts'
import { type Host, type Hosts, withDefaults } from '../../../core/hosts.ts'
import type { SystemStore } from '../../../core/systems/store.ts'
import type { System } from '../../../core/systems/system.ts'
import { SystemTrouble } from '../../../core/systems/trouble.ts'
import { toTrouble } from './trouble.ts'
import { systemsOf } from './wired.ts'

/** A host that is a known system, or why it is none. */
export type Known = { readonly host: Host } & ({ readonly system: System } | { readonly trouble: Error })

/**
 * Finds the systems that hosts are: by the id that a host carries, else by its name. One that stands under two names
 * is worked on once.
 */
export async function knownSystems(on: Hosts, context: Context): Promise<readonly Known[]> {
  const store = await systemsOf(context).store()
  const known = await Promise.all(on.hosts.map(host => lookUp(withDefaults(on, host), store, context.signal)))
  const first = new Map<string, string>()
  return known.map((one): Known => {
    if (!('system' in one)) return one
    const { host, system } = one
    const before = first.get(system.id)
    first.set(system.id, before ?? host.name)
    if (before === undefined) return one
    const message = `${host.name} is the same system as ${before} (${system.id}), which stands here too; leave one of them out`
    return { host, trouble: new SystemTrouble('refused', message, { detail: { system: system.id } }) }
  })
}

async function lookUp(host: Host, store: SystemStore, signal: AbortSignal): Promise<Known> {
  try {
    const system = await (host.system === undefined ? store.find(host.name) : store.get(host.system))
    return system === undefined ? { host, trouble: unknown(host) } : { host, system }
  } catch (error) {
    const trouble = toTrouble(error, signal)
    if (trouble instanceof SystemTrouble) return { host, trouble }
    throw error
  }
}

function unknown({ name, system }: Host): SystemTrouble {
  const message =
    system === undefined
      ? `${name} is no system that is known here; reops list shows those that are, and reops sync finds those that providers have`
      : `${name} (${system}) is no system any more: it was destroyed, or the store is another one; reops sync finds what providers have`
  return new SystemTrouble('refused', message)
}
