import type { AgentPlatform, AgentsPort } from '../../../core/agents.ts'
import { HostTrouble } from '../../../core/ports.ts'
import type { Found } from './found.ts'

/** The oldest major version of Node on which agents run. */
const oldest = 20

/** Node as an agent gets it. */
export interface ChosenNode {
  /** On the host, for one that is there; of one that is brought the release knows the place. */
  readonly path: string
  readonly version: string
  /** What is sent, where it has to be, and as what. */
  readonly brings?: { readonly version: string; readonly file: string } | undefined
}

/**
 * Chooses the Node of an agent: the host's own, or this machine's, which is sent. Throws `HostTrouble` (`refused`), which
 * says what to install.
 */
export function chooseNode(
  found: Found,
  wanted: string | undefined,
  agents: Pick<AgentsPort, 'node'>,
): ChosenNode {
  const own = found.node && major(found.node.version) >= oldest ? found.node : undefined
  if (wanted !== 'bring' && own) return own
  if (wanted !== undefined && wanted !== 'bring') throw new HostTrouble('refused', lacking(found, wanted))
  const mine = agents.node(found.platform)
  if (mine) return { path: '', version: mine.version, brings: mine }
  throw new HostTrouble(
    'refused',
    `${wanted === 'bring' ? 'no Node can be brought' : lacking(found, wanted)}, and this machine's Node is for another platform than ${nameOf(found.platform)}: install Node ${oldest} or later there, or name one by its path`,
  )
}

function lacking({ node, platform }: Found, wanted: string | undefined): string {
  const where = wanted?.startsWith('/') ? `at ${wanted}` : 'in the PATH of the login'
  if (node) return `Node ${node.version} ${where} is too old; install Node ${oldest} or later`
  return `there is no Node ${where}; install Node ${oldest} or later for ${nameOf(platform)}`
}

function nameOf({ os, arch, libc }: AgentPlatform): string {
  return `${os} ${arch} (${libc})`
}

function major(version: string): number {
  return Number(/^v(\d+)\./.exec(version)?.[1] ?? 0)
}
