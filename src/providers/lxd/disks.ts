import { volumeName } from '../../core/systems/parts.ts'
import type { System } from '../../core/systems/system.ts'
import { SystemTrouble } from '../../core/systems/trouble.ts'
import { listPools, readDefaultDevices } from './api/defaults.ts'
import type { Devices } from './api/instance.ts'
import type { Desk } from './node.ts'

/** What a node gives to its instances unless something else is said. */
export interface Defaults {
  readonly devices: Devices
  /** The pool of disks. */
  readonly pool: string
}

/** Reads what new instances get on a node. */
export async function readDefaults({ client, node, config, options }: Desk): Promise<Defaults> {
  const devices = await readDefaultDevices(client, options())
  const told = config.pool ?? rootOf(devices)?.pool
  if (told !== undefined) return { devices, pool: told }
  const pools = await listPools(client, options())
  if (pools.length === 1) return { devices, pool: pools[0]! }
  throw new SystemTrouble(
    'exception',
    pools.length === 0
      ? `${node} has no storage pool; make one there (lxc storage create), or run lxd init`
      : `${node} has the storage pools ${pools.join(', ')} and its default profile names none; say pool for the node in the configuration`,
  )
}

/** A custom volume of a system, with all its names. */
export interface OwnVolume {
  /** What the system calls it. */
  readonly name: string
  /** What the server calls it. */
  readonly volume: string
  readonly pool: string
  /** GiB. */
  readonly size: number
  readonly keep: boolean
  /** Where the system finds it. */
  readonly path: string
}

/** The volumes of a system: those without a name are `data-1`, `data-2` and so on. */
export function volumesOf({ id, volumes }: System, pool: string): OwnVolume[] {
  return volumes.map(({ size, keep, ...told }, index) => {
    const name = volumeName(told, index)
    return { name, volume: `${id}-${name}`, pool: told.pool ?? pool, size, keep, path: `/mnt/${name}` }
  })
}

/** The devices of a system: its own disk, its volumes and its network card, where they are not the node's usual ones. */
export function devicesOf(system: System, { devices, pool }: Defaults): Devices {
  const [card = 'eth0'] = Object.keys(devices).filter(name => devices[name]?.type === 'nic')
  const root = rootOf(devices)
  const own = system.disk !== undefined || root === undefined || root.pool !== pool
  return {
    ...(own ? { [rootName(devices)]: rootDevice(pool, system.disk) } : {}),
    ...networkOf(system, card, devices[card]),
    ...Object.fromEntries(
      volumesOf(system, pool).map(({ name, volume, pool, path }) => [
        name,
        { type: 'disk', pool, source: volume, path },
      ]),
    ),
  }
}

/** The disk that an instance's system is on. */
export function rootOf(devices: Devices): Readonly<Record<string, string>> | undefined {
  return Object.values(devices).find(({ type, path }) => type === 'disk' && path === '/')
}

/** What the disk of the system is called among the devices. */
export function rootName(devices: Devices): string {
  return Object.keys(devices).find(name => devices[name]?.path === '/') ?? 'root'
}

export function rootDevice(pool: string, disk: number | undefined): Record<string, string> {
  return { type: 'disk', path: '/', pool, ...(disk === undefined ? {} : { size: `${disk}GiB` }) }
}

function networkOf(
  { network }: System,
  card: string,
  usual: Readonly<Record<string, string>> | undefined,
): Devices {
  if (network === undefined || network.kind === 'user') return {}
  const mac = network.mac === undefined ? {} : { hwaddr: network.mac }
  if (network.kind === 'bridge') {
    return { [card]: { type: 'nic', nictype: 'bridged', parent: network.name, name: card, ...mac } }
  }
  if (network.name !== undefined)
    return { [card]: { type: 'nic', network: network.name, name: card, ...mac } }
  // The usual card with an address of its own.
  return network.mac === undefined ? {} : { [card]: { ...usual, type: 'nic', name: card, ...mac } }
}
