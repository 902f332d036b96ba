import { HostTrouble } from '../../../core/ports.ts'
import type { CallOptions } from './connection/calls.ts'
import type { Connection } from './connection/connection.ts'
import { isLibvirtError } from './errors.ts'
import type { LibvirtUri } from './uri.ts'

/** Ways in which a daemon wants to know who we are. */
const auth = { none: 0, sasl: 1, polkit: 2 } as const
/** The daemon answers keepalives. */
const keepaliveFeature = 10

/**
 * Says who we are, finds out what the daemon can do, and opens the hypervisor: what libvirt's own client does, in its
 * order. Throws `HostTrouble` (`auth`) where the daemon wants something that we don't have, and what `call` throws.
 */
export async function shakeHands(
  connection: Connection,
  uri: LibvirtUri,
  options: CallOptions,
): Promise<void> {
  await authenticate(connection, uri, options)
  const keepalive = { feature: keepaliveFeature }
  const { supported } = await connection.call('connectSupportsFeature', keepalive, options)
  if (supported) connection.startKeepalive()
  await connection.call('connectOpen', { name: uri.name }, options)
}

async function authenticate(connection: Connection, uri: LibvirtUri, options: CallOptions): Promise<void> {
  const { types } = await connection.call('authList', {}, options)
  if (types.length === 0 || types.includes(auth.none)) return
  if (types.includes(auth.polkit)) return askPolkit(connection, uri, options)
  const wanted = types.includes(auth.sasl) ? 'SASL' : `a way that is not known here (${types.join(', ')})`
  throw new HostTrouble(
    'auth',
    `${uri.text}: the daemon asks for ${wanted}, which is not spoken; use ssh or tls, or set auth_unix_rw and auth_tls to "none" in its libvirtd.conf`,
    { detail: { types } },
  )
}

/** The daemon asks polkit about our process; there is nothing for us to add. */
async function askPolkit(connection: Connection, uri: LibvirtUri, options: CallOptions): Promise<void> {
  try {
    await connection.call('authPolkit', {}, options)
  } catch (error) {
    if (!isLibvirtError(error)) throw error
    throw new HostTrouble(
      'auth',
      `${uri.text}: polkit does not let this user manage virtual machines (${error.message}); be in the group libvirt, or root`,
      { cause: error },
    )
  }
}
