import { hostSchema } from '../../../../core/hosts.ts'
import { HostTrouble, type Transport } from '../../../../core/ports.ts'
import { LibvirtUriError } from '../errors.ts'
import type { OpenStream } from './port.ts'

/**
 * Opens ways with a transport of ours, such as SSH with its warm connections, keys and known hosts. Host keys are
 * always checked: a URI that asks for less is refused by name.
 *
 * @example
 * const openStream = openStreamsOver(createSshTransport({ stateFolder: '.reops' }))
 */
export function openStreamsOver(transport: Transport): OpenStream {
  return async ({ host, user, port, keyfile, knownHosts, verify }, to, options) => {
    if (verify === 'ignore')
      throw new LibvirtUriError('no_verify', `${host}: host keys are always checked; leave no_verify out`)
    if (knownHosts !== undefined)
      throw new LibvirtUriError(
        'known_hosts',
        `${host}: known hosts are those of the configuration (ssh.knownHosts); leave known_hosts out`,
      )
    const parsed = hostSchema.safeParse({ name: host, user, port, key: keyfile })
    if (!parsed.success)
      throw new LibvirtUriError(
        'host',
        `${host}: ${parsed.error.issues.map(issue => issue.message).join('; ')}`,
      )
    const remote = await transport.open(parsed.data, options)
    if (remote.stream) return remote.stream(to, options)
    throw new HostTrouble('refused', `${host}: its transport opens no raw streams; reach it by ssh`)
  }
}
