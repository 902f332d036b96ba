import * as z from 'zod'
import { requireAgents } from '../../../core/agents.ts'
import { HostTrouble } from '../../../core/ports.ts'
import type { OrRef } from '../../../core/ref.ts'
import { ask } from '../../provision/ask.ts'
import { type Changed, resource } from '../../provision/resource.ts'
import { alone, withoutAgent } from './ensure.ts'
import { lookAt } from './found.ts'
import { type AgentPlaceOptions, place } from './options.ts'
import { removeScript } from './scripts/undo.ts'
import { grace } from './wanted.ts'

/** How agents are removed. */
export interface RemoveAgentOptions extends AgentPlaceOptions {
  /** The consent: nothing is removed without `true`. */
  readonly force?: OrRef<boolean> | undefined
  /** Revokes the key of the agent too, so that nobody who has a copy of it gets in. */
  readonly revoke?: OrRef<boolean> | undefined
}

/** What is left of an agent that was removed, in words. */
export interface AgentRemoved extends Changed {
  readonly stays: readonly string[]
}

const options = z
  .strictObject({ ...place, force: z.boolean().default(false), revoke: z.boolean().default(false) })
  .prefault({})

/**
 * Stops the agents of hosts, over SSH, and removes all that was put there for them. It needs consent: without
 * `{ force: true }` every host is refused. Keys are revoked only with `{ revoke: true }`; what stays is answered.
 *
 * @example
 * await run(pipe(removeAgent(closet, { force: true, revoke: true }), pretty()))
 */
export const removeAgent = resource({
  name: 'removeAgent',
  shape: { options },
  args: (options: RemoveAgentOptions = {}) => ({ options }),
  describe: ({ options }) => `removeAgent${options.revoke ? ', revoke its key' : ''}`,
  via: withoutAgent,
  require: ({ agents }) => void requireAgents(agents, 'removeAgent'),
  each: (host, { options }, { check, context }): Promise<AgentRemoved> =>
    alone(host, context.agents, 'removeAgent', async () => {
      const { folder, become, force, revoke } = options
      if (!force && !check)
        throw new HostTrouble('refused', 'removing an agent takes consent: say force: true, or --force')
      const agents = requireAgents(context.agents, 'removeAgent')
      const found = await lookAt(host, { folder, become })
      const isThere = found.current !== undefined || found.key !== undefined
      const isKnown = agents.enrolled(host.name) !== undefined
      const what = [
        ...(isThere ? [`agent ${found.current ?? ''} removed`.replace('  ', ' ')] : []),
        ...(revoke && isKnown ? ['key revoked'] : []),
      ]
      const stays = !revoke && isKnown ? [`the bridge still knows its key; revoke: true ends that`] : []
      if (check || what.length === 0) return { changed: what.length > 0, what, stays }
      // Whatever keeps the agent from being stopped, its key opens nothing any more.
      if (revoke) await agents.revoke(host.name)
      if (!isThere) return { changed: true, what, stays }
      const args = [found.base, agents.address().key, grace]
      const answer = await ask(host, { script: removeScript, args, become })
      const linger = answer.fact('linger')
      const left = answer.fact('left')
      return {
        changed: true,
        what,
        stays: [
          ...stays,
          ...(linger === undefined
            ? []
            : [`services of ${linger} still start without a login (loginctl disable-linger)`]),
          ...(left === undefined ? [] : [`${found.base} holds what is not the agent's: ${left.trim()}`]),
        ],
      }
    }),
})
