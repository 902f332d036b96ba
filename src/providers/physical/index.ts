import type { HostsPort } from '../../core/context.ts'
import type { Machine } from '../../core/systems/nodes.ts'
import type { Ability, Provider } from '../../core/systems/provider.ts'
import type { System } from '../../core/systems/system.ts'
import { SystemTrouble } from '../../core/systems/trouble.ts'
import { boxOf, findBox, hostOfMachine, type Parts } from './box.ts'
import { list } from './list.ts'
import { type Pace, usualPace } from './pace.ts'
import type { Secrets } from './power/control.ts'
import { openPower } from './power/index.ts'
import { restart } from './restart.ts'
import { start } from './start.ts'
import { statusOf } from './status.ts'
import { stop } from './stop.ts'

export { hostOfMachine, idOfMachine } from './box.ts'

/** What the root gives: how hosts are reached and passwords are read. */
export interface PhysicalPorts {
  readonly hosts: HostsPort
  /** Reads the password of a power switch from a variable or a file. */
  readonly secrets: Secrets
  /** Other times than the usual ones. */
  readonly pace?: Partial<Pace>
}

const abilities: ReadonlySet<Ability> = new Set(['start', 'stop', 'restart'])

/**
 * The machines of the configuration: started by Wake-on-LAN or a power switch, shut down over SSH. They are not made and
 * never destroyed. Nothing is asked before the first operation; nothing is kept open.
 *
 * @example
 * const provider = openPhysical(config.machines, { hosts, secrets })
 * await provider.start(nas, job)
 */
export function openPhysical(
  machines: Readonly<Record<string, Machine>>,
  { hosts, secrets, pace }: PhysicalPorts,
): Provider {
  const boxes = Object.entries(machines).map(([name, machine]) => ({
    name,
    machine,
    host: hostOfMachine(name, machine),
    power: machine.power && openPower(name, machine.power, secrets),
  }))
  const parts: Parts = {
    hosts,
    pace: { ...usualPace, ...pace },
    boxes: new Map(boxes.map(box => [box.name, box])),
    gone: new Set(),
  }
  return {
    name: 'physical',
    abilities,
    check: () => [notMade],
    create: async system => refuse(system, notMade),
    destroy: async system => refuse(system, notDestroyed),
    clone: async system => refuse(system, 'a physical machine can not be cloned'),
    snapshot: async system => refuse(system, 'a physical machine has no snapshots'),
    revert: async system => refuse(system, 'a physical machine has no snapshots'),
    snapshots: async () => [],
    resize: async system => refuse(system, 'a physical machine is resized with a screwdriver'),
    console: async system => refuse(system, noConsole),
    start: async (system, job) => start(parts, boxOf(parts, system), job),
    stop: async (system, options, job) => stop(parts, boxOf(parts, system), options, job),
    restart: async (system, options, job) => restart(parts, boxOf(parts, system), options, job),
    async status(system, job) {
      const box = findBox(parts, system)
      if (box) return statusOf(parts, box, job, system.state === 'stopped')
      return { state: 'missing', detail: 'machines of reops.config.ts does not have it' }
    },
    // Machines stand on no node.
    list: async (node, job) => (node === undefined ? list(parts, job) : []),
    close: async () => {},
  }
}

const notMade =
  'a physical machine is not made: describe it in machines of reops.config.ts and run `reops sync`, and it is a system'
const notDestroyed =
  'a physical machine is not destroyed, and nothing was done to it. Use stop to shut it down; to forget it, take it out of machines of reops.config.ts and run `reops sync`'
const noConsole =
  'the console of a physical machine is not offered (serial over LAN is out of scope). Use `reops ssh`, or its management controller'

function refuse({ hostname }: Pick<System, 'hostname'>, why: string): never {
  throw new SystemTrouble('refused', `${hostname}: ${why}`)
}
