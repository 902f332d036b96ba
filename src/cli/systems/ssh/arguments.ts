import { existsSync } from 'node:fs'
import { quote } from '../../../core/quote.ts'
import type { SshSettings } from '../../../transports/ssh/options.ts'
import type { Target } from '../../../transports/ssh/target.ts'

/** What the arguments of OpenSSH's client need besides where it goes. */
export type ClientSettings = Pick<SshSettings, 'ownKnownHostsFile' | 'configFile' | 'home'>

/**
 * The arguments by which OpenSSH's client goes where our own transport goes: the same user, keys and agent, the same
 * names and files of host keys, and the same jump hosts, each with its own.
 *
 * @example
 * spawn('ssh', [...clientArguments(resolveTarget(host, settings, items), settings), 'uptime'])
 */
export function clientArguments(target: Target, settings: ClientSettings): string[] {
  return [...options(target, settings), '--', target.host]
}

function options(target: Target, settings: ClientSettings): string[] {
  const { address, port, user, keys, onlyKeys, agent, hostKeyName, knownHostsFiles, strict, jump } = target
  const files = [settings.ownKnownHostsFile, ...knownHostsFiles]
  const said: readonly (readonly [string, string])[] = [
    ['HostName', literal(address)],
    ['Port', String(port)],
    ['User', user],
    // Those of an agent come besides, where nobody named one.
    ...keys
      .filter(({ path, named }) => named || existsSync(path))
      .map(({ path }) => ['IdentityFile', file(path)] as const),
    ['IdentitiesOnly', onlyKeys ? 'yes' : 'no'],
    ['IdentityAgent', agent === undefined ? 'none' : file(agent)],
    ['HostKeyAlias', hostKeyName],
    // The first is where it writes what it accepts.
    ['UserKnownHostsFile', files.map(file).join(' ')],
    ['GlobalKnownHostsFile', 'none'],
    ['StrictHostKeyChecking', strict ? 'yes' : 'accept-new'],
    ['CheckHostIP', 'no'],
    ['HashKnownHosts', 'no'],
    ['UpdateHostKeys', 'no'],
    ['ConnectTimeout', String(Math.ceil(target.connectTimeout / 1_000))],
    ...(jump === undefined
      ? ([
          ['ProxyCommand', 'none'],
          ['ProxyJump', 'none'],
        ] as const)
      : ([['ProxyCommand', proxyCommand(jump, settings)]] as const)),
  ]
  return [...configuration(settings), ...said.flatMap(([name, value]) => ['-o', `${name}=${value}`])]
}

/** Flags of a client don't hold for its jump hosts, so that each hop is a client of its own. */
function proxyCommand(hop: Target, settings: ClientSettings): string {
  const words = ['ssh', ...options(hop, settings)].map(literal)
  return quote([...words, '-W', '[%h]:%p', '--', hop.host])
}

/** Its own file is the client's default; another one is named, and so is none. */
function configuration({ configFile, home }: ClientSettings): string[] {
  if (configFile === false) return ['-F', 'none']
  return configFile === `${home}/.ssh/config` ? [] : ['-F', configFile]
}

/** A path as a value: in quotes, since it may hold blanks. */
function file(path: string): string {
  return `"${literal(path)}"`
}

/** Where the client would expand percent tokens. */
function literal(text: string): string {
  return text.replaceAll('%', '%%')
}
