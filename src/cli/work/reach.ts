import type { Host } from '../../core/hosts.ts'
import { HostTrouble } from '../../core/ports.ts'
import type { LoadedConfig } from '../../run/config.ts'
import { sshOptions } from '../../run/ssh-options.ts'
import { type ConfigItem, readConfigFile } from '../../transports/ssh/config/file.ts'
import { type ConfigEntry, lookupHost } from '../../transports/ssh/config/lookup.ts'
import { readOptions } from '../../transports/ssh/options.ts'
import { describeTarget, resolveTarget, type Target } from '../../transports/ssh/target.ts'

/** Where something that is known of a host comes from. `ssh` is the client's configuration of OpenSSH. */
export type Source = 'command line or group' | 'reops.config.ts' | 'ssh configuration' | 'default'

type Field = 'address' | 'user' | 'port' | 'key' | 'jump'

/** How a host is reached, and who says so. */
export interface Reach {
  readonly host: string
  readonly via: string
  readonly address?: string
  readonly user?: string
  readonly port?: number
  /** Key files that would be tried. */
  readonly keys?: readonly string[]
  /** Hosts to go through, as `user@address:port`, in the order in which they are gone through. */
  readonly jump?: readonly string[]
  readonly from?: Readonly<Record<Field, Source>>
  /** Why it can't be reached as it is configured. */
  readonly trouble?: string
}

/** Makes a function that says how a host would be reached. It reads configurations and connects to nothing. */
export function reachOf(loaded: LoadedConfig): (host: Host) => Reach {
  const settings = readOptions(sshOptions(loaded))
  const items: readonly ConfigItem[] =
    settings.configFile === false ? [] : readConfigFile(settings.configFile, settings.home)
  return host => {
    const via = host.via ?? loaded.config.via
    if (via !== 'ssh') return { host: host.name, via }
    try {
      const target = resolveTarget(host, settings, items)
      const entry = lookupHost(items, { name: host.name, user: target.user })
      return { host: host.name, via, ...described(target), from: sourcesOf(host, loaded, entry) }
    } catch (error) {
      if (!(error instanceof HostTrouble)) throw error
      return { host: host.name, via, trouble: error.message }
    }
  }
}

function described(target: Target) {
  const { address, user, port, keys } = target
  const hops: string[] = []
  for (let hop = target.jump; hop; hop = hop.jump) hops.unshift(describeTarget(hop))
  return { address, user, port, keys: keys.map(key => key.path), jump: hops }
}

function sourcesOf(host: Host, { config }: LoadedConfig, entry: ConfigEntry): Record<Field, Source> {
  const own = {
    ...(Object.hasOwn(config.hosts, host.name) ? { ...config.defaults, ...config.hosts[host.name] } : {}),
  }
  const ssh: Partial<Record<Field, unknown>> = {
    address: entry.hostName,
    user: entry.user,
    port: entry.port,
    key: entry.identityFiles[0],
    jump: entry.proxyJump,
  }
  const source = (field: Field): Source => {
    if (host[field] !== undefined) return 'command line or group'
    if ((own as Partial<Host>)[field] !== undefined) return 'reops.config.ts'
    return ssh[field] === undefined ? 'default' : 'ssh configuration'
  }
  return {
    address: source('address'),
    user: source('user'),
    port: source('port'),
    key: source('key'),
    jump: source('jump'),
  }
}
