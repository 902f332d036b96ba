import type { Host, Hosts } from '../../core/hosts.ts'
import type { Outcome } from '../../core/outcome.ts'
import type { SystemsPort } from '../../core/systems/port.ts'
import { handedOn, type System } from '../../core/systems/system.ts'

/** Systems as a step hands them on: hosts to act on, each with its system as the value. */
export function outcomeOfSystems<T extends System>(
  systems: readonly T[],
  port: SystemsPort,
): Outcome<Hosts, T> {
  const hosts = systems.map(system => port.hostOf(system))
  return {
    on: hostsOf(hosts),
    successful: systems.map((system, index) => ({
      host: hosts[index]!.name,
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
