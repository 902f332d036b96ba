import { type Host, type Hosts, parseHosts, withDefaults } from '../../core/hosts.ts'
import { configuredGroups, type LoadedConfig } from '../../run/config.ts'
import { closest } from '../closest.ts'
import type { Args } from '../command.ts'
import { text } from '../parse.ts'
import { UsageError } from '../usage-error.ts'
import { parseHostWord } from './host-word.ts'
import { reach } from './reach.ts'
import { splitTargets } from './split.ts'

/** The hosts that a command line means, and what their writer may have mistaken. */
export interface Targets {
  readonly on: Hosts
  readonly hints: readonly string[]
}

/**
 * Finds the hosts of a target: a comma separated list of groups, configured hosts and `[user@]host[:port]`. Flags say
 * how all of them are reached and win over everything else; `--hosts` keeps only those that it names. Throws
 * `UsageError`, `InvalidConfig` and, for a name that no host can have, `InvalidArguments`.
 */
export function resolveTargets(loaded: LoadedConfig, target: string, args: Args): Targets {
  const groups = configuredGroups(loaded)
  const found = splitTargets(target).map(word => ({ word, hosts: hostsOf(word, loaded, groups) }))
  const members = only(unique(found.flatMap(({ hosts }) => hosts)), text(args, 'hosts'), target)
  return {
    on: parseHosts({
      via: loaded.config.via,
      defaults: {},
      hosts: members.map(host => ({ ...host, ...reach(args) })),
    }),
    hints: found.flatMap(({ word, hosts }) => hint(word, hosts, loaded, [...groups.keys()])),
  }
}

/** A group's host with all that the group says of it. */
export function wayOf(group: Hosts, host: Host, { config }: LoadedConfig): Host {
  const way = withDefaults(group, host)
  return group.via === config.via ? way : { via: group.via, ...way }
}

/** A group's members with all that the group says of them; a single host otherwise. */
function hostsOf(word: string, loaded: LoadedConfig, groups: ReadonlyMap<string, Hosts>): Host[] {
  const group = groups.get(word)
  if (group) return group.hosts.map(host => wayOf(group, host, loaded))
  const host = parseHostWord(word)
  return [Object.hasOwn(loaded.config.hosts, host.name) ? host : { ...loaded.config.defaults, ...host }]
}

/**
 * A host that several words name is one host; the same address on several ports are several, which are then called
 * by their ports.
 */
function unique(hosts: readonly Host[]): Host[] {
  const different = [...new Map(hosts.map(host => [JSON.stringify(host), host])).values()]
  const names = Map.groupBy(different, host => host.name)
  return different.map(host => {
    if (names.get(host.name)!.length === 1) return host
    const { name, port, address = name } = host
    if (port === undefined) throw new UsageError(`${name} is named twice, in different ways; name it once`)
    return { ...host, name: `${name}:${port}`, address }
  })
}

function only(hosts: readonly Host[], names: string | undefined, target: string): readonly Host[] {
  if (names === undefined) return hosts
  return splitTargets(names).map(name => {
    const host = hosts.find(one => one.name === name)
    if (host) return host
    throw new UsageError(
      `--hosts ${name} is not in ${target}; there are ${hosts.map(one => one.name).join(', ')}`,
    )
  })
}

/** A mistyped group looks like a host, which then can't be reached; better said before. */
function hint(
  word: string,
  hosts: readonly Host[],
  { config }: LoadedConfig,
  groups: readonly string[],
): string[] {
  if (groups.includes(word) || Object.hasOwn(config.hosts, hosts[0]!.name) || /[.:@]/.test(word)) return []
  const meant = closest(word, [...groups, ...Object.keys(config.hosts)])
  return meant === undefined
    ? []
    : [`${word} is taken for a host that the configuration doesn't know; did you mean ${meant}?`]
}
