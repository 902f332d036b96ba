import * as z from 'zod'
import { explainIssues, InvalidArguments } from './errors.ts'
import { systemId } from './systems/parts.ts'

/**
 * How one host is reached. Only `name` is needed: what is left out comes from the collection, from
 * `reops.config.ts`, from `~/.ssh/config` and from the resolver, in that order. `key` names a key (a file, or
 * an entry of the configuration) and never holds one.
 */
export interface Host {
  readonly name: string
  readonly address?: string | undefined
  readonly port?: number | undefined
  readonly user?: string | undefined
  readonly key?: string | undefined
  /** Names of hosts to go through, nearest first (`ssh -J`). */
  readonly jump?: readonly string[] | undefined
  /** The transport of this host alone, where it is not its collection's. */
  readonly via?: string | undefined
  /** The id of the system that it is. Its host key is remembered by this, since addresses are given out again. */
  readonly system?: string | undefined
}

/** What the hosts of a collection share; a host's own fields win. */
export type HostDefaults = Omit<Host, 'name' | 'address' | 'via' | 'system'>

/** A collection of hosts with the authentication and the transport to reach them. It is plain data. */
export interface Hosts {
  readonly via: string
  readonly defaults: HostDefaults
  readonly hosts: readonly Host[]
}

/** Names end up on command lines, in file names and in logs, so they hold nothing that a shell would read. */
const plainName = z
  .string()
  .max(253)
  .regex(
    /^[A-Za-z0-9_](?:[A-Za-z0-9._:%-]*[A-Za-z0-9_])?$/,
    'a host name holds letters, digits, dots, dashes, underscores and colons, and starts and ends with a letter or digit',
  )

/** A name, or an IPv6 address, which may begin and end with colons. */
const hostName = z.string().superRefine((text, context) => {
  if (z.ipv6().safeParse(text).success) return
  for (const { message } of plainName.safeParse(text).error?.issues ?? [])
    context.addIssue({ code: 'custom', message })
})

/** A login name: what `useradd` takes, and never an option. */
const userName = z
  .string()
  .regex(
    /^[A-Za-z0-9_][A-Za-z0-9._@\\-]*\$?$/,
    'a user name holds letters, digits, dots, dashes and underscores',
  )

/** The name of a transport, such as `ssh`. */
export const transportName = z
  .string()
  .regex(/^[a-z][a-z0-9-]{0,31}$/, 'a transport has a short lower-case name such as ssh')

const shared = {
  port: z.int().min(1).max(65535).optional(),
  user: userName.optional(),
  key: z.string().min(1).optional(),
  jump: z.array(hostName).readonly().optional(),
}

export const hostDefaultsSchema = z.strictObject(shared)
export const hostSchema = z.strictObject({
  name: hostName,
  address: hostName.optional(),
  via: transportName.optional(),
  system: systemId.optional(),
  ...shared,
})
export const hostsSchema = z.strictObject({
  via: transportName.default('ssh'),
  defaults: hostDefaultsSchema.default({}),
  hosts: z.array(hostSchema).readonly(),
})

/** Whether a value is a collection of hosts, by its shape. */
export function isHosts(value: unknown): value is Hosts {
  return (
    typeof value === 'object' &&
    value !== null &&
    'via' in value &&
    typeof value.via === 'string' &&
    'hosts' in value &&
    Array.isArray(value.hosts) &&
    'defaults' in value
  )
}

/** What `hosts()` takes besides names: what they share, and the transport that reaches them. */
export interface HostsOptions {
  readonly user?: string | undefined
  readonly port?: number | undefined
  readonly key?: string | undefined
  readonly jump?: string | readonly string[] | undefined
  /** `ssh` when left out. */
  readonly via?: string | undefined
}

/**
 * A collection of hosts. A name alone is looked up in `reops.config.ts` and `~/.ssh/config` when it is reached;
 * an object says more about one host and wins. Throws `InvalidArguments` for a name that is not a host's, or
 * that stands twice.
 *
 * @example
 * const closet = hosts({ user: 'ops' }, ['foo', 'bar', { name: 'big-iron', port: 2222 }])
 */
export function hosts(options: HostsOptions, names: readonly (string | Host)[]): Hosts
export function hosts(names: readonly (string | Host)[]): Hosts
export function hosts(
  first: HostsOptions | readonly (string | Host)[],
  second?: readonly (string | Host)[],
): Hosts {
  const [options, names] = isList(first) ? [{}, first] : [first, second ?? []]
  const { via = 'ssh', jump, ...defaults } = options
  return parseHosts({
    via,
    defaults: {
      ...defaults,
      ...(jump === undefined ? {} : { jump: typeof jump === 'string' ? [jump] : jump }),
    },
    hosts: names.map(name => (typeof name === 'string' ? { name } : name)),
  })
}

function isList(value: HostsOptions | readonly (string | Host)[]): value is readonly (string | Host)[] {
  return Array.isArray(value)
}

/** Parses a collection; throws `InvalidArguments`, which says which host and why. */
export function parseHosts(value: unknown): Hosts {
  const parsed = hostsSchema.safeParse(value)
  if (!parsed.success)
    throw new InvalidArguments(`hosts: ${parsed.error.issues.map(issue => explain(issue, value)).join('; ')}`)
  const seen = new Set<string>()
  for (const { name } of parsed.data.hosts) {
    if (seen.has(name))
      throw new InvalidArguments(
        `hosts: ${name} stands twice; results are kept by name, so a name stands once`,
      )
    seen.add(name)
  }
  return parsed.data
}

function explain(issue: z.core.$ZodIssue, value: unknown): string {
  const found = issue.path.reduce<unknown>(
    (at, key) => (at as Record<PropertyKey, unknown> | undefined)?.[key],
    value,
  )
  return explainIssues([issue]) + (typeof found === 'string' ? ` (got ${JSON.stringify(found)})` : '')
}

/** Only the hosts of these names, in their order in the collection. */
export function narrow(on: Hosts, names: ReadonlySet<string>): Hosts {
  return names.size === on.hosts.length && on.hosts.every(host => names.has(host.name))
    ? on
    : { ...on, hosts: on.hosts.filter(host => names.has(host.name)) }
}

/** One host with what its collection shares filled in. */
export function withDefaults(on: Hosts, host: Host): Host {
  return { ...on.defaults, ...host }
}

/** Two collections as one. Their ways differ at times, so what they share moves to each host where it must. */
export function unite(a: Hosts, b: Hosts): Hosts {
  const known = new Set(a.hosts.map(host => host.name))
  const more = b.hosts.filter(host => !known.has(host.name))
  if (more.length === 0) return a
  if (sharesWay(a, b)) return { ...a, hosts: [...a.hosts, ...more] }
  return {
    via: a.via,
    defaults: {},
    hosts: [...a.hosts.map(host => withDefaults(a, host)), ...more.map(host => withWay(b, host))],
  }
}

/** Whether two collections share the same transport and the same defaults. */
export function sharesWay(a: Hosts, b: Hosts): boolean {
  return a.via === b.via && JSON.stringify(a.defaults) === JSON.stringify(b.defaults)
}

/** One host with all that its collection says of it, its transport included: it needs no collection any more. */
export function withWay(on: Hosts, host: Host): Host {
  return { via: on.via, ...withDefaults(on, host) }
}
