import * as z from 'zod'
import { ownValue } from '../../../core/own-value.ts'
import { LibvirtUriError } from './errors.ts'

/** A libvirt URI, taken apart. */
export interface LibvirtUri {
  /** As it was written. */
  readonly text: string
  readonly driver: 'qemu' | 'test' | 'lxc'
  readonly transport: 'unix' | 'ssh' | 'tls'
  readonly user: string | undefined
  readonly host: string | undefined
  readonly port: number | undefined
  /** Whose hypervisor: the machine's, or the user's own. */
  readonly path: string
  /** What the daemon is asked to open: the URI without the way to it. */
  readonly name: string
  readonly query: UriQuery
}

/** What may stand after the question mark. */
const querySchema = z.strictObject({
  /** What the daemon opens, where it is not the URI itself. */
  name: z.string().min(1).optional(),
  socket: z.string().startsWith('/', 'an absolute path').optional(),
  keyfile: z.string().min(1).optional(),
  known_hosts: z.string().min(1).optional(),
  known_hosts_verify: z.enum(['normal', 'auto', 'ignore']).optional(),
  pkipath: z.string().startsWith('/', 'an absolute path').optional(),
  proxy: z.enum(['auto', 'native', 'netcat']).optional(),
  mode: z.enum(['auto', 'legacy', 'direct']).optional(),
  no_verify: z.enum(['0', '1']).optional(),
  /** These two say what we do anyway: nobody is asked on a terminal, and no certificate is looked at twice. */
  no_tty: z.enum(['0', '1']).optional(),
  no_sanity: z.enum(['0', '1']).optional(),
})

export type UriQuery = z.output<typeof querySchema>

/** Parts of libvirt's URIs that we refuse by name, and what to do instead. */
const refused: Readonly<Record<string, string>> = {
  command: 'SSH is spoken by Re-ops itself, so there is no command to choose; leave it out',
  netcat: 'no netcat is used: the socket is reached through SSH forwarding; leave it out',
  sshauth: "keys and the agent come from Re-ops' own SSH configuration; leave it out",
  auth: 'the daemon chooses how it authenticates; leave it out',
  authfile: 'SASL, which it is for, is not spoken; use ssh or tls',
  tls_priority: "TLS is negotiated by Node, 1.2 at least; leave it out, or use Node's --tls-cipher-list",
}

/** Where a parameter means something. */
const belongsTo: Readonly<Record<string, readonly LibvirtUri['transport'][]>> = {
  socket: ['unix', 'ssh'],
  mode: ['unix', 'ssh'],
  keyfile: ['ssh'],
  known_hosts: ['ssh'],
  known_hosts_verify: ['ssh'],
  proxy: ['ssh'],
  pkipath: ['tls'],
}

const transports: Readonly<Record<string, LibvirtUri['transport']>> = {
  unix: 'unix',
  ssh: 'ssh',
  libssh: 'ssh',
  libssh2: 'ssh',
  tls: 'tls',
}

/**
 * Reads a libvirt URI as its users write them. Throws `LibvirtUriError`, whose `part` names what is wrong.
 *
 * @example
 * parseLibvirtUri('qemu+ssh://ops@big-iron:2222/system?keyfile=/home/ops/.ssh/id_ed25519').host // 'big-iron'
 */
export function parseLibvirtUri(text: string): LibvirtUri {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url === undefined || !text.includes(':/'))
    throw wrong('uri', text, 'it is no URI; write one like qemu:///system or qemu+ssh://user@host/system')
  const [driver = '', way, ...more] = url.protocol.slice(0, -1).split('+')
  if (driver !== 'qemu' && driver !== 'test' && driver !== 'lxc')
    throw wrong('driver', text, `${driver} is not known here; qemu, test and lxc are`)
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1') || undefined
  const transport = transportOf(text, more.length > 0 ? url.protocol : way, host)
  const user = decoded('user', text, url.username) || undefined
  const path = decoded('path', text, url.pathname)
  const query = queryOf(text, url.searchParams, transport)

  if (url.password !== '') throw wrong('password', text, 'a password has no place in it; use a key')
  if (url.hash !== '') throw wrong('fragment', text, `${url.hash} means nothing here; leave it out`)
  if (driver === 'qemu' && path !== '/system' && path !== '/session')
    throw wrong('path', text, `${path || 'no path'} is no hypervisor of qemu's; /system and /session are`)
  if (transport === 'unix' && host !== undefined)
    throw wrong('host', text, `a unix socket is on this machine, not on ${host}; use ${driver}+ssh`)
  if (transport === 'ssh' && host === undefined)
    throw wrong('host', text, `it names no host; write ${driver}+ssh://user@host${path}`)
  if (transport !== 'ssh' && user !== undefined)
    throw wrong('user', text, `${transport} logs nobody in; leave ${user}@ out, or use ${driver}+ssh`)
  if (transport === 'unix' && url.port !== '') throw wrong('port', text, 'a unix socket has none')
  return {
    text,
    driver,
    transport,
    user,
    host,
    port: url.port === '' ? undefined : Number(url.port),
    path,
    name: query.name ?? `${driver}://${path}`,
    query,
  }
}

function transportOf(
  text: string,
  way: string | undefined,
  host: string | undefined,
): LibvirtUri['transport'] {
  if (way === undefined) return host === undefined ? 'unix' : 'tls'
  const transport = ownValue(transports, way)
  if (transport) return transport
  if (way === 'tcp')
    throw wrong('transport', text, 'tcp is neither encrypted nor authenticated, and refused; use ssh or tls')
  throw wrong('transport', text, `${way} is not known; unix, ssh and tls are`)
}

function queryOf(text: string, given: URLSearchParams, transport: LibvirtUri['transport']): UriQuery {
  const pairs = [...given]
  for (const [name] of pairs) {
    const why = ownValue(refused, name)
    if (why) throw wrong(name, text, why)
    const where = ownValue(belongsTo, name)
    if (where && !where.includes(transport))
      throw wrong(name, text, `${name} is for ${where.join(' and ')}, and this goes by ${transport}`)
    if (given.getAll(name).length > 1) throw wrong(name, text, `${name} stands in it twice`)
  }
  const parsed = querySchema.safeParse(Object.fromEntries(pairs))
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  const unknown = issue?.code === 'unrecognized_keys' ? issue.keys[0] : undefined
  const part = unknown ?? String(issue?.path[0] ?? 'query')
  const known = Object.keys(querySchema.shape).join(', ')
  throw wrong(
    part,
    text,
    unknown ? `${part} is not known; ${known} are` : `${part}: ${issue?.message ?? 'it does not fit'}`,
  )
}

function decoded(part: string, text: string, encoded: string): string {
  try {
    return decodeURIComponent(encoded)
  } catch (cause) {
    throw new LibvirtUriError(part, `${shown(text)}: its ${part} is not percent-encoded UTF-8`, { cause })
  }
}

function wrong(part: string, text: string, what: string): LibvirtUriError {
  return new LibvirtUriError(part, `${shown(text)}: ${what}`)
}

/** A URI fit for a message: no password that somebody has put into it. */
function shown(text: string): string {
  return text.replace(/(\/\/[^/@:]*):[^/@]*@/, '$1:***@')
}
