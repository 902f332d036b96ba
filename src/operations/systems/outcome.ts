import type { Host, Hosts } from '../../core/hosts.ts'
import type { Outcome } from '../../core/outcome.ts'
import type { SystemsPort } from '../../core/systems/port.ts'
import { handedOn, type System } from '../../core/systems/system.ts'

/** Systems as a step hands them on: hosts to act on, each with its system as the value. */
export function outcomeOfSystems<T extends System>(
  systems: readonly T[],
  port: SystemsPort,
): Outcome<Hosts, T> {
  return {
    on: hostsOf(systems.map(system => port.hostOf(system))),
    successful: systems.map(system => ({
      host: port.hostOf(system).name,
      value: handedOn(system) as T,
      ms: 0,
    })),
    failure: [],
    left: [],
  }
}

/** A collection of hosts that say all of themselves. */
export function hostsOf(hosts: readonly Host[]): Hosts {
  return { via: 'ssh', defaults: {}, hosts }
}
