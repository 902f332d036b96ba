import { existsSync } from 'node:fs'
import * as z from 'zod'
import { LxdError } from './errors.ts'

const fingerprint = z
  .string()
  .transform(text => text.replaceAll(':', '').toLowerCase())
  .pipe(
    z
      .string()
      .regex(/^[0-9a-f]{64}$/, 'a fingerprint is the SHA-256 of a certificate, as 64 hexadecimal digits'),
  )

/**
 * Where an LXD or Incus server is: a unix socket, or a URL with our certificate and key in PEM and what proves the
 * server: the fingerprint of its certificate, or the authority that signed it.
 */
export const endpointSchema = z.union([
  z.strictObject({ socket: z.string().min(1) }),
  z
    .strictObject({
      url: z.url({ protocol: /^https$/ }),
      cert: z.string().min(1),
      key: z.string().min(1),
      fingerprint: fingerprint.optional(),
      ca: z.string().min(1).optional(),
    })
    .refine(({ fingerprint, ca }) => (fingerprint === undefined) !== (ca === undefined), {
      message:
        'a server is proved by its fingerprint or by the authority (ca) that signed it: give one of them',
    }),
])

export type Endpoint = z.output<typeof endpointSchema>

/** Where the daemons listen, in the order of what is newest. */
const usualSockets = [
  '/var/lib/incus/unix.socket',
  '/var/lib/lxd/unix.socket',
  '/var/snap/lxd/common/lxd/unix.socket',
]

/**
 * The socket of this machine's daemon: what `INCUS_SOCKET` or `LXD_SOCKET` names, the one in `INCUS_DIR` or `LXD_DIR`,
 * or the first of the usual places that exists. Throws `LxdError` where there is none.
 *
 * @example
 * findSocket({ LXD_SOCKET: '/run/lxd.socket' }) // '/run/lxd.socket'
 */
export function findSocket(env: Readonly<Record<string, string | undefined>>): string {
  const told = env.INCUS_SOCKET || env.LXD_SOCKET || inFolder(env.INCUS_DIR) || inFolder(env.LXD_DIR)
  const found = told || usualSockets.find(path => existsSync(path))
  if (found) return found
  throw new LxdError(
    'unreachable',
    `no daemon's socket is at ${usualSockets.join(', ')}; install LXD or Incus here, set LXD_SOCKET, or configure the node's socket or url`,
    { doing: 'looking for LXD' },
  )
}

function inFolder(folder: string | undefined): string | undefined {
  return folder ? `${folder}/unix.socket` : undefined
}
