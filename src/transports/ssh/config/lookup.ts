import { localUser } from '../local-user.ts'
import { matchesPatterns } from '../patterns.ts'
import { type ConfigItem, invalid } from './file.ts'

/** What the ssh configuration says of one host. Times are milliseconds; paths may hold tokens. */
export interface ConfigEntry {
  hostName?: string
  user?: string
  port?: number
  identityFiles: string[]
  identitiesOnly?: boolean
  identityAgent?: string
  proxyJump?: string
  proxyCommand?: string
  hostKeyAlias?: string
  userKnownHostsFiles?: readonly string[]
  strictHostKeyChecking?: string
  connectTimeout?: number
  serverAliveInterval?: number
  serverAliveCountMax?: number
}

interface Asked {
  readonly name: string
  readonly user: string | undefined
}

/**
 * Finds what applies to `name`: for each setting the first one that matches wins, and identity files add up.
 * `Match exec`, `canonical` and `final` never match: nothing is executed and no name is rewritten.
 */
export function lookupHost(items: readonly ConfigItem[], asked: Asked): ConfigEntry {
  const entry: ConfigEntry = { identityFiles: [] }
  walk(items, asked, entry)
  return entry
}

function walk(items: readonly ConfigItem[], asked: Asked, entry: ConfigEntry): void {
  for (const item of items) {
    if (item.kind === 'directive') apply(item, entry)
    else if (item.kind === 'include') walk(item.items, asked, entry)
    else if (item.kind === 'host' && matchesPatterns(asked.name, item.patterns))
      walk(item.items, asked, entry)
    else if (item.kind === 'match' && matchesCriteria(item.criteria, asked, entry))
      walk(item.items, asked, entry)
  }
}

function matchesCriteria(
  criteria: Readonly<Record<string, string>>,
  asked: Asked,
  entry: ConfigEntry,
): boolean {
  return Object.entries(criteria).every(([key, value]) => {
    const negated = key.startsWith('!')
    const met = meets(negated ? key.slice(1) : key, value.split(','), asked, entry)
    return met !== undefined && met !== negated
  })
}

/** `undefined` where the criterion is one that we don't evaluate: then its section never applies, negated or not. */
function meets(
  key: string,
  patterns: readonly string[],
  asked: Asked,
  entry: ConfigEntry,
): boolean | undefined {
  switch (key) {
    case 'all':
      return true
    case 'host':
      return matchesPatterns(entry.hostName ?? asked.name, patterns)
    case 'originalhost':
      return matchesPatterns(asked.name, patterns)
    case 'user':
      return matchesPatterns(asked.user ?? entry.user ?? localUser(), patterns)
    case 'localuser':
      return matchesPatterns(localUser(), patterns)
    default:
      return undefined
  }
}

function apply(item: Extract<ConfigItem, { kind: 'directive' }>, entry: ConfigEntry): void {
  const { name, values, file } = item
  const value = values[0] ?? ''
  const number = (least: number, most: number) => {
    const parsed = Number(value)
    if (/^\d+$/.test(value) && parsed >= least && parsed <= most) return parsed
    throw invalid(file, `${name} is ${JSON.stringify(value)}; it takes a number from ${least} to ${most}`)
  }
  switch (name) {
    case 'hostname':
      entry.hostName ??= value
      break
    case 'user':
      entry.user ??= value
      break
    case 'port':
      entry.port ??= number(1, 65_535)
      break
    case 'identityfile':
      if (!entry.identityFiles.includes(value)) entry.identityFiles.push(value)
      break
    case 'identitiesonly':
      entry.identitiesOnly ??= yes(value)
      break
    case 'identityagent':
      entry.identityAgent ??= value
      break
    case 'proxyjump':
      // ProxyJump and ProxyCommand exclude each other: whichever comes first decides.
      if (entry.proxyCommand === undefined) entry.proxyJump ??= value
      break
    case 'proxycommand':
      if (entry.proxyJump === undefined) entry.proxyCommand ??= values.join(' ')
      break
    case 'hostkeyalias':
      entry.hostKeyAlias ??= value
      break
    case 'userknownhostsfile':
      entry.userKnownHostsFiles ??= values
      break
    case 'stricthostkeychecking':
      entry.strictHostKeyChecking ??= value.toLowerCase()
      break
    case 'connecttimeout':
      if (value !== 'none') entry.connectTimeout ??= number(1, 86_400) * 1_000
      break
    case 'serveraliveinterval':
      entry.serverAliveInterval ??= number(0, 86_400) * 1_000
      break
    case 'serveralivecountmax':
      entry.serverAliveCountMax ??= number(1, 1_000)
      break
  }
}

function yes(value: string): boolean {
  return ['yes', 'true'].includes(value.toLowerCase())
}
