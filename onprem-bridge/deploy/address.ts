import { InvalidConfig } from '../../src/core/errors.ts'

/** Addresses that mean every address of a machine, which nobody can dial. */
const anywhere = new Set(['*', '0.0.0.0', '[::]'])

/**
 * What agents dial: `agentsUrl` of the configuration, or where the bridge listens. One that listens at every address takes
 * the name by which commands reach it. Throws `InvalidConfig` where neither says it.
 */
export function agentsAddress(
  bridge: {
    readonly agentsUrl?: string | undefined
    readonly url?: string | undefined
    readonly relayKey?: string | undefined
  },
  endpoint: string | undefined,
): string {
  if (bridge.agentsUrl !== undefined) return bridge.agentsUrl
  if (endpoint === undefined)
    throw new InvalidConfig('the bridge listens for no agents yet; try again in a moment')
  const [, address = '', port = ''] = /^tcp:\/\/(.+):(\d+)$/.exec(endpoint) ?? []
  if (!anywhere.has(address)) return endpoint
  const [, name] = /^tcp:\/\/(.+):\d+$/.exec(bridge.url ?? '') ?? []
  // A relay's name leads to the relay, where no agents are expected.
  if (name !== undefined && bridge.relayKey === undefined) return `tcp://${name}:${port}`
  throw new InvalidConfig(
    `the bridge listens for agents at ${endpoint}, which is every address of its machine, so it can't be known what agents are to dial: say bridge.agentsUrl, such as tcp://closet.lan:${port}, or listen at one address`,
  )
}
