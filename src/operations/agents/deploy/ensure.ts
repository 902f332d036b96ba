import { type AgentsPort, requireAgents } from '../../../core/agents.ts'
import type { Context } from '../../../core/context.ts'
import type { HostAtWork } from '../../../core/operation/host-at-work.ts'
import { HostTrouble } from '../../../core/ports.ts'
import { deploy, restart } from './deployment.ts'
import { type Found, lookAt, type Where } from './found.ts'
import { chooseNode } from './node.ts'
import type { Setup } from './options.ts'
import type { AgentDeployed, Deployment } from './parts.ts'
import { wantedOn } from './wanted.ts'

/** Milliseconds that an agent that runs as it should may take to come back, as after its bridge was started. */
const patience = 10_000

/** What is to be so on a host. */
export interface Ensured extends Where {
  /** Seconds that it may take to register. */
  readonly within: number
  /** Whether it may take the place of another key. */
  readonly replace: boolean
  /** What it is deployed with; what it was deployed with before when left out, and there has to be one then. */
  readonly setup?: Setup | undefined
}

/** Lets this bridge's agent be on a host, in the version that the bridge has. Throws `HostTrouble`. */
export async function ensureAgent(
  host: HostAtWork,
  { setup: said, replace, ...rest }: Ensured,
  {
    check,
    context,
    operation,
  }: { readonly check: boolean; readonly context: Context; readonly operation: string },
): Promise<AgentDeployed> {
  const agents = requireAgents(context.agents, operation)
  const address = agents.address()
  const stage = (text: string) =>
    context.progress({ kind: 'stage', step: context.step, host: host.name, stage: text })
  const found = await findOn(host, rest, said)
  if (found.host !== undefined && found.host !== host.name && !replace)
    throw new HostTrouble(
      'refused',
      `the agent in ${found.base} is that of ${found.host}; name another folder, or say replace if the host has another name now`,
    )
  const setup = said ?? found.setup
  if (setup === undefined)
    throw new HostTrouble(
      'refused',
      `there is no agent in ${found.base} that could be upgraded; deploy one first`,
    )
  const node = chooseNode(found, setup.node, agents)
  const made = await agents.package(found.platform)
  const wanted = wantedOn(host.name, found, { setup, node, made, address })
  const before = agents.enrolled(host.name)
  const isKnown = before !== undefined && before === found.key
  if (before !== undefined && !isKnown && !replace) throw otherKey(host.name)
  const deployment: Deployment = {
    ...{ host, context, agents, found, wanted, node, made: made.folder },
    become: rest.become,
    within: rest.within * 1_000,
    enrol: isKnown ? undefined : { replace: before !== undefined, before },
  }
  const answer = (what: readonly string[]): AgentDeployed => ({
    changed: what.length > 0,
    what,
    version: wanted.version,
    ...(found.current === undefined || found.current === wanted.version ? {} : { before: found.current }),
    folder: found.base,
    supervisor: wanted.kind,
    node: node.version,
  })

  const what = await differences(deployment, isKnown)
  if (what.length === 0 || check) return answer(what)
  if (what[0] === started) {
    stage('starting its agent')
    await restart(deployment)
  } else {
    stage(`deploying agent ${wanted.version}`)
    await deploy(deployment)
  }
  return answer(what)
}

const started = 'started'

/** The Node that an upgrade looks for is known only once the setup was read. */
async function findOn(host: HostAtWork, where: Where, said: Setup | undefined): Promise<Found> {
  const found = await lookAt(host, where, said?.node)
  const kept = said === undefined ? found.setup?.node : undefined
  return kept?.startsWith('/') ? lookAt(host, where, kept) : found
}

/** What is to be changed, in words; `started` alone where nothing has to be sent. */
async function differences(deployment: Deployment, isKnown: boolean): Promise<readonly string[]> {
  const { found, wanted, node, host } = deployment
  const isThere = found.current === wanted.version && found.sound
  if (isThere && isKnown) {
    const { agents } = deployment
    const isBack =
      found.running &&
      (await agents.waitFor(host.name, { version: wanted.version, timeout: patience, signal: host.signal }))
    return isBack ? [] : [started]
  }
  const { brings } = node
  return [
    found.current !== undefined && found.current !== wanted.version
      ? `agent ${found.current} → ${wanted.version}`
      : `agent ${wanted.version}${found.current === wanted.version ? ' as it was sent' : ''}`,
    ...(brings && !found.brought.includes(brings.version) ? [`Node ${brings.version} brought`] : []),
    ...(deployment.enrol ? ['enrolled'] : []),
    started,
  ]
}

function otherKey(host: string): HostTrouble {
  return new HostTrouble(
    'refused',
    `the bridge knows the agent of ${host} by another key than what is there: deployAgent with replace lets this one take its place, and reops agents revoke ${host} ends it`,
  )
}

/** Agents are put on hosts by the way that would be there without them. */
export function withoutAgent(own: string): string {
  return own === 'agent' ? 'ssh' : own
}

/** Does something with the agent of a host, and lets nobody else do so meanwhile. */
export function alone<T>(
  host: HostAtWork,
  agents: AgentsPort | undefined,
  operation: string,
  work: () => Promise<T>,
): Promise<T> {
  return requireAgents(agents, operation).alone(host.name, host.signal, work)
}
