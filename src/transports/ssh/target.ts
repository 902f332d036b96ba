import type { Host } from '../../core/hosts.ts'
import { ownValue } from '../../core/own-value.ts'
import { HostTrouble } from '../../core/ports.ts'
import type { ConfigItem } from './config/file.ts'
import { type ConfigEntry, lookupHost } from './config/lookup.ts'
import { expandPath, expandTokens, type Tokens } from './config/tokens.ts'
import { invalidJump, parseJumps } from './jump-path.ts'
import { localUser } from './local-user.ts'
import { expandHome, type SshSettings } from './options.ts'

/** Everything that decides how a host is reached, after all sources of configuration have been heard. */
export interface Target {
  /** The host's name in its collection; troubles are reported under it. */
  readonly host: string
  readonly address: string
  readonly port: number
  readonly user: string
  /** Key files to try, in order. `named` ones were asked for; the others are only the usual places. */
  readonly keys: readonly { readonly path: string; readonly named: boolean }[]
  /** Offer only those keys, whatever else the agent holds. */
  readonly onlyKeys: boolean
  readonly agent: string | undefined
  /** Under what name its key stands in known_hosts: `address`, `[address]:port` or an alias. */
  readonly hostKeyName: string
  readonly knownHostsFiles: readonly string[]
  readonly strict: boolean
  readonly jump: Target | undefined
  readonly connectTimeout: number
  readonly keepaliveInterval: number
  readonly keepaliveCount: number
  /** Two hosts with the same identity share connections. */
  readonly identity: string
}

/** `user@address:port`, as people write it. */
export function describeTarget(target: Pick<Target, 'user' | 'address' | 'port'>): string {
  const address = target.address.includes(':') ? `[${target.address}]` : target.address
  return `${target.user}@${address}:${target.port}`
}

/** Longer chains are mistakes. */
const longestChain = 8

/**
 * Resolves a host: its own fields win over the transport's `hosts`, which win over the ssh configuration.
 * Throws `InvalidConfig` for a broken configuration and `HostTrouble` (`auth`) for a key name that means nothing.
 */
export function resolveTarget(
  host: Host,
  settings: SshSettings,
  config: readonly ConfigItem[],
  chain: readonly string[] = [],
): Target {
  if (chain.includes(host.name))
    throw invalidJump(host.name, `goes in a circle: ${[...chain, host.name].join(' → ')}`)
  if (chain.length > longestChain)
    throw invalidJump(host.name, `is longer than ${longestChain} hosts: ${chain.join(' → ')}`)
  const ours = ownValue(settings.hosts, host.name)
  const entry = lookupHost(config, {
    name: host.name,
    user: host.user ?? ours?.user ?? settings.defaults.user,
  })
  // A jump host that all go through does not go through itself.
  const { jump: everyonesJump, ...others } = settings.defaults
  const everyone: Partial<Host> = everyonesJump?.includes(host.name) ? others : settings.defaults
  const given = <K extends 'address' | 'port' | 'user' | 'key' | 'jump'>(field: K) =>
    host[field] ?? ours?.[field] ?? everyone[field]

  const user = given('user') ?? entry.user ?? localUser()
  const port = given('port') ?? entry.port ?? 22
  const own = { name: host.name, port, user, home: settings.home }
  const address = given('address') ?? expandTokens(entry.hostName ?? host.name, { ...own, host: host.name })
  const tokens: Tokens = { ...own, host: address }
  const key = given('key')
  const proxy = given('jump') ?? proxyOf(entry, tokens, host.name)

  const target = {
    host: host.name,
    address,
    port,
    user,
    keys:
      key === undefined
        ? keysOf(entry, settings, tokens)
        : [{ path: namedKey(key, settings, host.name), named: true }],
    onlyKeys: key !== undefined || entry.identitiesOnly === true,
    agent: agentOf(entry, settings, tokens),
    hostKeyName: host.system ?? entry.hostKeyAlias ?? (port === 22 ? address : `[${address}]:${port}`),
    knownHostsFiles: knownHostsOf(entry, settings, tokens),
    strict: settings.hostKeys === 'strict' || entry.strictHostKeyChecking === 'yes',
    jump: resolveJump(proxy, host.name, settings, config, chain),
    connectTimeout: entry.connectTimeout ?? settings.connectTimeout,
    keepaliveInterval: entry.serverAliveInterval ?? settings.keepaliveInterval,
    keepaliveCount: entry.serverAliveCountMax ?? settings.keepaliveCount,
  }
  return { ...target, identity: identityOf(target) }
}

/** The last of the path is nearest to the host; the ones before it lead there. */
function resolveJump(
  path: readonly string[],
  from: string,
  settings: SshSettings,
  config: readonly ConfigItem[],
  chain: readonly string[],
): Target | undefined {
  const last = path.at(-1)
  if (last === undefined) return undefined
  const before = path.slice(0, -1)
  const [hop] = parseJumps(last, from)
  if (hop === undefined) return undefined
  return resolveTarget(before.length > 0 ? { ...hop, jump: before } : hop, settings, config, [...chain, from])
}

function proxyOf(entry: ConfigEntry, tokens: Tokens, host: string): readonly string[] {
  if (entry.proxyCommand !== undefined && entry.proxyCommand.toLowerCase() !== 'none') {
    throw new HostTrouble(
      'unreachable',
      `${host}: its ssh configuration has a ProxyCommand, which is not supported; use ProxyJump`,
    )
  }
  if (entry.proxyJump === undefined || entry.proxyJump.toLowerCase() === 'none') return []
  return expandTokens(entry.proxyJump, tokens)
    .split(',')
    .map(part => part.trim())
}

function keysOf(entry: ConfigEntry, settings: SshSettings, tokens: Tokens): Target['keys'] {
  const named = entry.identityFiles.filter(file => file.toLowerCase() !== 'none')
  if (named.length > 0) return named.map(file => ({ path: expandPath(file, tokens), named: true }))
  return entry.identityFiles.length > 0 ? [] : settings.defaultKeys.map(path => ({ path, named: false }))
}

function namedKey(key: string, settings: SshSettings, host: string): string {
  const path = ownValue(settings.keys, key) ?? key
  if (path.includes('/')) return expandHome(path, settings.home)
  const known = Object.keys(settings.keys)
  throw new HostTrouble(
    'auth',
    `${host}: there is no key named ${JSON.stringify(key)}; ${known.length > 0 ? `the configuration has ${known.join(', ')}` : 'the configuration names none'}. Give a path such as ~/.ssh/id_ed25519, or add the name to keys`,
    { detail: { key } },
  )
}

function agentOf(entry: ConfigEntry, settings: SshSettings, tokens: Tokens): string | undefined {
  const asked = entry.identityAgent
  if (asked === undefined || asked === 'SSH_AUTH_SOCK') return settings.agent || undefined
  if (asked.toLowerCase() === 'none') return undefined
  // Here alone, OpenSSH also takes a variable without braces.
  return asked.startsWith('$') && asked[1] !== '{' ? process.env[asked.slice(1)] : expandPath(asked, tokens)
}

function knownHostsOf(entry: ConfigEntry, settings: SshSettings, tokens: Tokens): readonly string[] {
  if (entry.userKnownHostsFiles === undefined) return settings.knownHostsFiles
  const users = entry.userKnownHostsFiles
    .filter(file => file.toLowerCase() !== 'none')
    .map(file => expandPath(file, tokens))
  return [...users, ...settings.knownHostsFiles.slice(1)]
}

function identityOf(target: Omit<Target, 'identity'>): string {
  const { host: _, jump, ...rest } = target
  return JSON.stringify([rest, jump?.identity])
}
