/**
 * Agents as operations put them on hosts: the part of the bridge that `deployAgent`, `upgradeAgent` and `removeAgent` work
 * with. Its parts: package.ts makes what is sent, address.ts says what agents dial, own-node.ts brings Node.
 */
import path from 'node:path'
import type { AgentSeen, AgentsPort } from '../../src/core/agents.ts'
import { HostTrouble } from '../../src/core/ports.ts'
import { revokeKeys } from '../../src/run/bridge/keyring/keys.ts'
import { issueToken, withdrawTokens } from '../../src/run/bridge/keyring/tokens.ts'
import type { Keyring } from '../../src/run/bridge/keyring/watch.ts'
import { bridgePlace } from '../../src/run/bridge/place.ts'
import { type LoadedConfig, stateFolder } from '../../src/run/config.ts'
import type { Hub, HubEvent } from '../agents/hub.ts'
import { agentsAddress } from './address.ts'
import { oneAtATime } from './one-at-a-time.ts'
import { ownNode } from './own-node.ts'
import { openPackages } from './package.ts'

/** Seconds that the token of a deployment may be used: it is used in the same minute. */
const tokenSeconds = 900

export interface AgentsPortParts {
  readonly loaded: LoadedConfig
  readonly hub: Hub
  readonly keyring: Keyring
  /** The bridge's public key. */
  readonly key: string
  /** Where it listens for agents, once it does. */
  endpoint(): string | undefined
}

/** Opens the port; `heard` is to be told what happens among the agents. */
export function openAgentsPort({
  loaded,
  hub,
  keyring,
  key,
  endpoint,
}: AgentsPortParts): AgentsPort & { heard(event: HubEvent): void } {
  const { keyring: file } = bridgePlace(loaded)
  const waiting = new Map<string, Set<() => void>>()
  const enrolled = (host: string) => {
    keyring.reload()
    return keyring
      .keys()
      .find(({ name, role, revokedAt }) => name === host && role === 'agent' && revokedAt === undefined)?.key
  }
  const registered = (host: string): AgentSeen | undefined => {
    const found = hub.agents().find(agent => agent.host === host)
    return found && { host, state: found.state, version: found.version }
  }
  return {
    package: openPackages(path.join(stateFolder(loaded), 'agents')),
    node: ownNode,
    address: () => ({ url: agentsAddress(loaded.config.bridge, endpoint()), key }),
    enrolled,
    registered,
    alone: oneAtATime(),
    async enrol(host, { replace }) {
      const { token } = await refusedByName(() => issueToken(file, { host, replace, seconds: tokenSeconds }))
      // Strangers are let in from now on, and not when the file is looked at next.
      keyring.reload()
      return token
    },
    async withdraw(host) {
      await withdrawTokens(file, host)
      keyring.reload()
    },
    async revoke(host) {
      await withdrawTokens(file, host)
      const there = enrolled(host) !== undefined
      if (there) await revokeKeys(file, host, 'agent')
      keyring.reload()
      return there
    },
    async waitFor(host, { version, timeout, signal }) {
      const { promise, resolve } = Promise.withResolvers<boolean>()
      const look = () => {
        const seen = registered(host)
        if (seen?.state === 'connected' && seen.version === version) resolve(true)
      }
      const stop = () => resolve(false)
      const wakes = waiting.get(host) ?? new Set()
      waiting.set(host, wakes.add(look))
      const timer = setTimeout(stop, timeout)
      if (signal.aborted) stop()
      signal.addEventListener('abort', stop, { once: true })
      try {
        look()
        return await promise
      } finally {
        clearTimeout(timer)
        signal.removeEventListener('abort', stop)
        wakes.delete(look)
        if (wakes.size === 0) waiting.delete(host)
      }
    },
    heard(event) {
      if (event.kind === 'registered') for (const look of waiting.get(event.host) ?? []) look()
    },
  }
}

/** A name or a key that the keyring does not take is that host's trouble and nobody else's. */
async function refusedByName<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (error instanceof Error && error.name === 'KeyRefused')
      throw new HostTrouble('refused', error.message, { cause: error })
    throw error
  }
}
