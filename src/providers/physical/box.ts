import { createHash } from 'node:crypto'
import type { HostsPort } from '../../core/context.ts'
import type { Host } from '../../core/hosts.ts'
import type { Machine } from '../../core/systems/nodes.ts'
import type { System } from '../../core/systems/system.ts'
import { SystemTrouble } from '../../core/systems/trouble.ts'
import type { Pace } from './pace.ts'
import type { PowerControl } from './power/control.ts'

/** One physical machine: its configuration, how it is reached, and its power switch where it has one. */
export interface Box {
  readonly name: string
  readonly machine: Machine
  readonly host: Host
  readonly power: PowerControl | undefined
}

/** What all operations need of the world. */
export interface Parts {
  readonly hosts: HostsPort
  readonly pace: Pace
  /** Every machine of the configuration. */
  readonly boxes: ReadonlyMap<string, Box>
  /** Names of those that we saw go, and that have not answered since. */
  readonly gone: Set<string>
}

/**
 * How a machine of the configuration is reached by SSH. Its host key is looked for under its address, as ssh does, since
 * a machine under the desk keeps its own.
 *
 * @example
 * hostOfMachine('nas', machines.nas) // { name: 'nas', address: '192.168.1.7', user: 'ops' }
 */
export function hostOfMachine(name: string, machine: Machine): Host {
  const { address, port, user, key, jump } = machine
  return {
    name,
    ...(address === undefined ? {} : { address }),
    ...(port === undefined ? {} : { port }),
    ...(user === undefined ? {} : { user }),
    ...(key === undefined ? {} : { key }),
    ...(jump === undefined ? {} : { jump }),
  }
}

/** The id of a machine: made of its hostname alone, so that it is the same on every bridge and after every sync. */
export function idOfMachine(name: string): string {
  return `sys-${createHash('sha256').update(`physical:${name}`).digest('hex').slice(0, 20)}`
}

/** The machine that a system is. Throws `SystemTrouble` (`refused`) for one that the configuration doesn't have. */
export function boxOf(parts: Parts, system: System): Box {
  const box = findBox(parts, system)
  if (box) return box
  const known = [...parts.boxes.keys()]
  throw new SystemTrouble(
    'refused',
    `${system.hostname}: machines of reops.config.ts has no ${system.ref ?? system.hostname}; ${known.length > 0 ? `it has ${known.join(', ')}` : 'it is empty'}`,
  )
}

export function findBox(parts: Parts, system: System): Box | undefined {
  return parts.boxes.get(system.ref ?? system.hostname)
}
