import type { Placed } from '../../core/systems/provider.ts'
import type { System } from '../../core/systems/system.ts'
import { SystemTrouble } from '../../core/systems/trouble.ts'
import type { Instance } from './api/instance.ts'
import { listInstances, readInstance, readState } from './api/instances.ts'
import { marks } from './marks.ts'
import type { Desk } from './node.ts'
import { placedOf } from './placed.ts'

/** The instance of a system, by what is written on it: neither a name nor a reference makes one ours. */
export async function findInstance(
  { client, options }: Desk,
  { id, ref, hostname }: Pick<System, 'id' | 'ref' | 'hostname'>,
): Promise<Instance | undefined> {
  const isOurs = (instance: Instance | undefined) => instance?.config[marks.id] === id
  const named = (await readInstance(client, ref ?? hostname, options()))?.value
  if (isOurs(named)) return named
  // Somebody may have renamed it.
  return (await listInstances(client, options())).find(isOurs)
}

/** The instance of a system that must be there. Throws `SystemTrouble`. */
export async function mustFind(desk: Desk, system: System): Promise<Instance> {
  const found = await findInstance(desk, system)
  if (found) return found
  throw new SystemTrouble(
    'exception',
    `${desk.node} has no instance of ${system.hostname} (${system.id}); run sync to see what is there`,
  )
}

/** How an instance stands now and what it may use. */
export async function place({ client, options }: Desk, name: string): Promise<Placed> {
  const [read, state] = await Promise.all([
    readInstance(client, name, options()),
    readState(client, name, options()),
  ])
  if (read) return placedOf(read.value, state)
  throw new SystemTrouble(
    'exception',
    `${name} went away while it was looked at; run sync to see what is there`,
  )
}
