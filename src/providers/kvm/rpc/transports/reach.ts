import type { Duplex } from 'node:stream'
import type { LibvirtUri } from '../uri.ts'
import type { OpenStream, WayOptions } from './port.ts'
import { openSsh } from './ssh.ts'
import { openTls } from './tls.ts'
import { openUnix } from './unix.ts'

/** Opens the way that a URI asks for. Throws `HostTrouble` and `LibvirtUriError`. */
export function reachDaemon(
  uri: LibvirtUri,
  openStream: OpenStream | undefined,
  options: WayOptions,
): Promise<Duplex> {
  switch (uri.transport) {
    case 'unix':
      return openUnix(uri, options.signal)
    case 'tls':
      return openTls(uri, options.signal)
    case 'ssh':
      return openSsh(uri, openStream, options)
  }
}
