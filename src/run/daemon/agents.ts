import type { AgentsPort } from '../../core/agents.ts'
import { HostTrouble, type OpenOptions, type Transport } from '../../core/ports.ts'
import type { BridgeHere } from './bridge.ts'

/** Milliseconds between two looks at whether the bridge is up, for those who wait. */
const lookEveryMs = 100

/**
 * Reaches hosts by the agents of the bridge in this very process. While that is not up they are `unreachable`, or waited
 * for as long as the step says; nothing was executed then.
 */
export function agentsHere(bridge: BridgeHere): Transport {
  let opened: Transport | undefined
  const opening = (): Transport | undefined => {
    opened ??= bridge.opened()?.agentTransport()
    return opened
  }
  const patient = async (host: string, { signal, wait = 0, timeout = wait }: OpenOptions) => {
    const until = bridge.clock.now() + Math.min(wait, timeout)
    while (bridge.opened() === undefined && bridge.clock.now() < until)
      await bridge.clock.sleep(lookEveryMs, signal).catch(() => {
        throw new HostTrouble('cancelled', `${host}: cancelled before the bridge was up`)
      })
  }
  return {
    async open(host, options) {
      if (opening() === undefined) await patient(host.name, options)
      const transport = opening()
      if (transport === undefined) throw notUp(bridge, `${host.name} is reached by its agent`)
      return transport.open(host, options)
    },
    close: async () => opened?.close(),
  }
}

/** Puts agents on hosts, which dial the bridge in this process. Everything throws `HostTrouble` while that is not up. */
export function agentsPortHere(bridge: BridgeHere): AgentsPort {
  const agents = () => {
    const opened = bridge.opened()
    if (opened === undefined) throw notUp(bridge, 'agents enrol with their bridge')
    return opened.agents
  }
  return {
    package: async platform => agents().package(platform),
    node: platform => agents().node(platform),
    address: () => agents().address(),
    enrolled: host => agents().enrolled(host),
    enrol: async (host, options) => agents().enrol(host, options),
    withdraw: async host => agents().withdraw(host),
    revoke: async host => agents().revoke(host),
    registered: host => agents().registered(host),
    waitFor: async (host, options) => agents().waitFor(host, options),
    alone: async (host, signal, work) => agents().alone(host, signal, work),
  }
}

function notUp({ problem }: BridgeHere, why: string): HostTrouble {
  return new HostTrouble(
    'unreachable',
    `${why}, and the bridge of this daemon is not up (${problem()}); nothing was executed, and reops status says when it is there`,
  )
}
