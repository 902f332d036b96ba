import type { AgentsPort } from '../../../core/agents.ts'
import type { Context } from '../../../core/context.ts'
import type { HostAtWork } from '../../../core/operation/host-at-work.ts'
import type { Changed } from '../../provision/resource.ts'
import type { Found } from './found.ts'
import type { ChosenNode } from './node.ts'
import type { Wanted } from './wanted.ts'

/** What became of a host's agent. */
export interface AgentDeployed extends Changed {
  /** As it registered: the release, and of what it is made. */
  readonly version: string
  /** The version that it took the place of. */
  readonly before?: string
  readonly folder: string
  readonly supervisor: 'systemd' | 'plain'
  /** The version of its Node. */
  readonly node: string
}

/** All that putting a release on one host takes. */
export interface Deployment {
  readonly host: HostAtWork
  readonly context: Context
  readonly agents: AgentsPort
  readonly found: Found
  readonly wanted: Wanted
  readonly node: ChosenNode
  /** The folder of this machine with the package. */
  readonly made: string
  readonly become: boolean
  /** Milliseconds that the agent may take to register. */
  readonly within: number
  /** Whether it is to enrol, and in the place of which key. */
  readonly enrol: { readonly replace: boolean; readonly before: string | undefined } | undefined
}
