import * as z from 'zod'
import { requireAgents } from '../../../core/agents.ts'
import { resource } from '../../provision/resource.ts'
import { alone, ensureAgent, withoutAgent } from './ensure.ts'
import { place, type WithinOptions, within } from './options.ts'
import type { AgentDeployed } from './parts.ts'

/**
 * Gives hosts the bridge's own version of the agent, deployed as it was before. The new one is put beside the old one and
 * takes its place; when it does not register, the old one is started again and the host fails. The last two are kept.
 *
 * @example
 * await run(pipe(upgradeAgent(closet), pretty()))
 */
export const upgradeAgent = resource({
  name: 'upgradeAgent',
  shape: { options: z.strictObject({ ...place, ...within }).prefault({}) },
  args: (options: WithinOptions = {}) => ({ options }),
  describe: () => 'upgradeAgent',
  via: withoutAgent,
  require: ({ agents }) => void requireAgents(agents, 'upgradeAgent'),
  each: (host, { options: { folder, become, within } }, { check, context }): Promise<AgentDeployed> =>
    alone(host, context.agents, 'upgradeAgent', () =>
      ensureAgent(
        host,
        { folder, become, within, replace: false },
        { check, context, operation: 'upgradeAgent' },
      ),
    ),
})
