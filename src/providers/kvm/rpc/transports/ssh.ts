import type { Duplex } from 'node:stream'
import { type FarEnd, HostTrouble } from '../../../../core/ports.ts'
import { LibvirtUriError } from '../errors.ts'
import type { LibvirtUri } from '../uri.ts'
import type { OpenStream, SshHost, WayOptions } from './port.ts'
import { socketCandidates } from './sockets.ts'

/**
 * Opens the way to a daemon on a host that is reached by SSH: to its socket by forwarding, which needs nothing over
 * there but sshd; else by `virt-ssh-helper`, which comes with libvirt and finds the socket itself. `proxy=netcat` asks
 * for the first alone and `proxy=native` for the second, as with libvirt's own client. Throws `HostTrouble`.
 */
export async function openSsh(
  uri: LibvirtUri,
  openStream: OpenStream | undefined,
  options: WayOptions,
): Promise<Duplex> {
  if (openStream === undefined)
    throw new LibvirtUriError('transport', `${uri.text}: nothing here opens ways by SSH (openStream)`)
  const host = hostOf(uri)
  const refusals: HostTrouble[] = []
  for (const to of farEnds(uri)) {
    try {
      return await openStream(host, to, options)
    } catch (error) {
      // Only what is wrong with the far end leaves something to try.
      if (!(error instanceof HostTrouble) || error.code !== 'exception') throw error
      refusals.push(error)
    }
  }
  throw new HostTrouble(
    'unreachable',
    `${uri.text}: no way leads to its daemon. ${refusals.map(error => error.message).join('. ')}`,
    { cause: refusals[0], detail: { tried: refusals.length } },
  )
}

function farEnds(uri: LibvirtUri): readonly FarEnd[] {
  const { proxy = 'auto', socket } = uri.query
  const helper = { command: ['virt-ssh-helper', uri.name] }
  // Where a session's socket is depends on the far side's environment, which only the helper sees.
  if (uri.path === '/session' && socket === undefined) {
    if (proxy !== 'netcat') return [helper]
    throw new LibvirtUriError('socket', `${uri.text}: proxy=netcat needs ?socket= for a session`)
  }
  if (proxy === 'native' && socket === undefined) return [helper]
  if (proxy === 'native')
    throw new LibvirtUriError('proxy', `${uri.text}: virt-ssh-helper takes no socket; leave one of them out`)
  const sockets = socketCandidates(uri).map(socketPath => ({ socketPath }))
  return proxy === 'netcat' || socket !== undefined ? sockets : [...sockets, helper]
}

function hostOf({ host = 'localhost', user, port, query }: LibvirtUri): SshHost {
  const verify = query.no_verify === '1' ? 'ignore' : (query.known_hosts_verify ?? 'normal')
  return { host, user, port, keyfile: query.keyfile, knownHosts: query.known_hosts, verify }
}
