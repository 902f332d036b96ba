import * as z from 'zod'
import { requireAgents } from '../../../core/agents.ts'
import { resource } from '../../provision/resource.ts'
import { alone, ensureAgent, withoutAgent } from './ensure.ts'
import { type DeployAgentOptions, place, setupSchema, within } from './options.ts'
import type { AgentDeployed } from './parts.ts'

const options = z
  .strictObject({ ...place, ...within, replace: z.boolean().default(false), ...setupSchema.shape })
  .prefault({})

/**
 * Puts the bridge's agent on hosts over SSH, whatever transport they name, lets it enrol, and keeps it running: by systemd
 * where that runs, by a script of a POSIX shell otherwise. It is done when the agent has registered with the bridge; where
 * it doesn't, the host fails with the last words of its log and is as it was before. A host whose agent is there and
 * registered is left alone. It runs on a bridge, and throws `AgentsNotWired` elsewhere.
 *
 * @example
 * await run(pipe(deployAgent(closet), pretty()))
 * await run(pipe(deployAgent(closet, { become: true, node: 'bring' }), stats(), pretty()))
 */
export const deployAgent = resource({
  name: 'deployAgent',
  shape: { options },
  args: (options: DeployAgentOptions = {}) => ({ options }),
  describe: () => 'deployAgent',
  via: withoutAgent,
  require: ({ agents }) => void requireAgents(agents, 'deployAgent'),
  each: (host, { options }, { check, context }): Promise<AgentDeployed> => {
    const { folder, become, timeout: _, within, replace, ...setup } = options
    const ensured = { folder, become, within, replace, setup }
    return alone(host, context.agents, 'deployAgent', () =>
      ensureAgent(host, ensured, { check, context, operation: 'deployAgent' }),
    )
  },
})
