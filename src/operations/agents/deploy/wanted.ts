import { createHash } from 'node:crypto'
import type { AgentAddress, AgentPackage } from '../../../core/agents.ts'
import { HostTrouble } from '../../../core/ports.ts'
import type { Found } from './found.ts'
import type { ChosenNode } from './node.ts'
import type { Setup } from './options.ts'
import { supervisorScript } from './supervisor.ts'
import { agentUnit } from './unit.ts'

/** Seconds that an agent lets the calls end that it works on, and then some to end itself. */
const drain = 20
const stop = drain + 5

/** Fifths of a second until an agent that was told to end is ended. */
export const grace = String(stop * 5)

/** A release as it is to be on a host. */
export interface Wanted {
  /** Its name, by all that it is made of: the agent registers as this. */
  readonly version: string
  readonly kind: 'systemd' | 'plain'
  readonly unit: string
  readonly supervise: string
  /** The agent's options and the setup, each a line of JSON. */
  readonly options: string
  readonly setup: string
}

/** Says what is to be on a host. Throws `HostTrouble` (`refused`) for what the host can't do. */
export function wantedOn(
  host: string,
  found: Found,
  parts: {
    readonly setup: Setup
    readonly node: ChosenNode
    readonly made: AgentPackage
    readonly address: AgentAddress
  },
): Wanted {
  const { setup, node, made, address } = parts
  const { base } = found
  const kind = setup.supervisor ?? (found.systemd ? 'systemd' : 'plain')
  if (setup.confine && kind === 'plain')
    throw new HostTrouble(
      'refused',
      'systemd confines an agent, and there is none here; deploy it without confine',
    )
  const unit = agentUnit({ base, scope: found.root ? 'system' : 'user', confine: setup.confine, stop })
  const about = {
    ...{ bridge: address.url, bridgeKey: address.key, host, maxCalls: setup.maxCalls, drain },
    ...{ keyFile: `${base}/state/agent.key`, tokenFile: `${base}/state/token`, state: `${base}/state` },
  }
  const kept = JSON.stringify(setup)
  const all = [made.sha256, about, kept, kind, unit, supervisorScript, node.version, node.path]
  const version = `${made.release}-${createHash('sha256').update(JSON.stringify(all)).digest('hex').slice(0, 12)}`
  return {
    ...{ version, kind, unit, supervise: supervisorScript, setup: kept },
    options: JSON.stringify({ ...about, version }),
  }
}
