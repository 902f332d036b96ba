import path from 'node:path'
import type { HostsPort } from '../../core/context.ts'
import { ReopsError } from '../../core/errors.ts'
import { ownValue } from '../../core/own-value.ts'
import type { KvmNode, LxdNode } from '../../core/systems/nodes.ts'
import type { SystemsPort } from '../../core/systems/port.ts'
import type { Provider } from '../../core/systems/provider.ts'
import { InvalidSystem } from '../../core/systems/spec.ts'
import type { SystemStore } from '../../core/systems/store.ts'
import { systemClock } from '../../executor/index.ts'
import type { LoadedConfig } from '../config.ts'
import { openSystems } from '../open-systems.ts'
import { isGone, makeOwner } from '../owner.ts'
import { sshOptions } from '../ssh-options.ts'
import { ec2Defaults, usesAws } from './ec2.ts'
import { hostOf } from './host-of.ts'
import { openParameterReader } from './parameters.ts'
import { readSecret, type SecretPlace } from './secrets.ts'

/** A system's provider is not wired here. */
class UnknownProvider extends ReopsError {
  override readonly name = 'UnknownProvider'
  override readonly slug = 'unknown-provider'
}

/** Opens a provider the first time that a system of it is touched. */
export type ProviderFactory = () => Provider | Promise<Provider>

export interface SystemsWiring {
  readonly loaded: LoadedConfig
  readonly hosts: HostsPort
  readonly notice?: ((text: string) => void) | undefined
  /** Others than ours, or in the place of ours. */
  readonly providers?: Readonly<Record<string, ProviderFactory>> | undefined
  /** Keeps the store current by what providers tell of themselves, from their first use on. */
  readonly follow?: boolean | undefined
}

/** Wires the systems of a configuration. Nothing is loaded, opened or connected before it is needed. */
export function wireSystems(wiring: SystemsWiring): SystemsPort & { close(): Promise<void> } {
  const { loaded, notice } = wiring
  const { config } = loaded
  const factories: Readonly<Record<string, ProviderFactory>> = { ...ours(wiring), ...wiring.providers }
  const opened = new Map<string, Promise<Provider>>()
  const followed: Promise<void>[] = []
  const over = new AbortController()
  let store: Promise<SystemStore> | undefined
  const openStore = () => {
    store ??= openSystems(loaded, notice)
    return store
  }
  /** Opens a provider, and hears what it tells from then on. */
  const openProvider = async (factory: ProviderFactory): Promise<Provider> => {
    const provider = await factory()
    if (wiring.follow && provider.watch !== undefined) {
      const { followProvider } = await import('../../operations/systems/follow.ts')
      const trouble = (error: unknown) =>
        notice?.(`what ${provider.name} tells is not written down: ${String(error)}`)
      const parts = { provider, store: await openStore(), clock: systemClock, signal: over.signal, trouble }
      followed.push(followProvider(parts).catch(trouble))
    }
    return provider
  }
  return {
    owner: makeOwner(),
    isGone,
    providers: Object.keys(factories),
    nodes: name => {
      if (name === 'ec2' && ownValue(wiring.providers ?? {}, name) === undefined)
        return usesAws(config.aws, process.env) ? undefined : []
      const own = Object.entries(config.hypervisors).filter(([, node]) => node.provider === name)
      // A provider of somebody else's may have nodes that this configuration knows nothing of.
      const without = name === 'physical' || ownValue(wiring.providers ?? {}, name) !== undefined
      return own.length === 0 && without ? undefined : own.map(([node]) => node)
    },
    store: openStore,
    provider: async name => {
      const factory = ownValue(factories, name)
      if (factory === undefined)
        throw new UnknownProvider(
          `there is no provider ${JSON.stringify(name)} here; there are ${Object.keys(factories).join(', ')}`,
        )
      const known = opened.get(name) ?? openProvider(factory)
      opened.set(name, known)
      return known
    },
    publicKeys: async (key, provider) => {
      const { NoPublicKey, publicKeys } = await import('../../transports/ssh/public-keys.ts')
      try {
        return await publicKeys(sshOptions(loaded), key)
      } catch (cause) {
        const keyless = provider === 'ec2' && config.aws.ec2.reach === 'ssm' && key === undefined
        if (keyless && cause instanceof NoPublicKey) return []
        throw cause instanceof NoPublicKey ? new InvalidSystem(cause.message, { cause }) : cause
      }
    },
    hostOf: system => hostOf(system, config),
    defaultsOf: (provider, name) => {
      if (provider === 'ec2') return ec2Defaults(config)
      const node = name === undefined ? undefined : ownValue(config.hypervisors, name)
      const { domain, os, network, disk, user = config.defaults.user, key = config.defaults.key } = node ?? {}
      return { domain, os, network, disk, user, key }
    },
    close: async () => {
      over.abort()
      const all = await Promise.allSettled(opened.values())
      await Promise.all(followed)
      opened.clear()
      await Promise.all(all.flatMap(one => (one.status === 'fulfilled' ? [one.value.close()] : [])))
      const last = await store?.catch(() => undefined)
      store = undefined
      await last?.close()
    },
  }
}

function ours({ loaded, hosts }: SystemsWiring): Record<string, ProviderFactory> {
  const { config, folder } = loaded
  const nodes = Object.entries(config.hypervisors)
  const kvm = nodes.filter((entry): entry is [string, KvmNode] => entry[1].provider === 'kvm')
  const lxd = nodes.filter((entry): entry is [string, LxdNode] => entry[1].provider === 'lxd')
  return {
    kvm: async () => {
      const [{ openKvm }, { openStreamsOver }] = await Promise.all([
        import('../../providers/kvm/index.ts'),
        import('../../providers/kvm/rpc/index.ts'),
      ])
      // Connections belong to the hosts, which whoever wires both closes after the systems.
      const overSsh = { open: hosts.open.bind(hosts, 'ssh'), close: async () => {} }
      return openKvm(Object.fromEntries(kvm), { clock: systemClock, openStream: openStreamsOver(overSsh) })
    },
    lxd: async () => {
      const { openLxd } = await import('../../providers/lxd/index.ts')
      const placed = lxd.map(([name, node]) => [name, withPlaces(node, folder)] as const)
      return openLxd(Object.fromEntries(placed), { env: process.env })
    },
    ec2: async () => {
      // EC2's client costs half a second to load.
      const { openEc2 } = await import('../../providers/ec2/index.ts')
      return openEc2(config.aws)
    },
    physical: async () => {
      const { openPhysical } = await import('../../providers/physical/index.ts')
      const parameters = openParameterReader(config.aws)
      const secrets = (ref: SecretPlace) => readSecret(ref, folder, parameters.read)
      const provider = openPhysical(config.machines, { hosts, secrets })
      const close = async () => {
        await provider.close()
        await parameters.close()
      }
      return { ...provider, close }
    },
  }
}

/** The configuration's paths start at its folder. */
function withPlaces(node: LxdNode, folder: string): LxdNode {
  const files = ['certificate', 'certificateKey', 'serverCertificate'] as const
  const given = files.flatMap(name =>
    node[name] === undefined ? [] : [[name, path.resolve(folder, node[name])]],
  )
  return { ...node, ...Object.fromEntries(given) }
}
