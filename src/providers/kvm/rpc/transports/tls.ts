import { readFile } from 'node:fs/promises'
import net from 'node:net'
import os from 'node:os'
import path from 'node:path'
import tls from 'node:tls'
import { HostTrouble } from '../../../../core/ports.ts'
import { LibvirtUriError } from '../errors.ts'
import type { LibvirtUri } from '../uri.ts'
import { opened } from './opened.ts'

const defaultPort = 16_514
/** The first byte of a daemon that accepts our certificate. */
const welcome = 1

/** Connects by TLS with a client certificate. Throws `HostTrouble`, or `LibvirtUriError` for a pkipath without keys. */
export async function openTls(uri: LibvirtUri, signal: AbortSignal): Promise<tls.TLSSocket> {
  const host = uri.host ?? 'localhost'
  const port = uri.port ?? defaultPort
  const where = `${uri.text} (${host}:${port})`
  const keys = await readKeys(uri)
  const socket = tls.connect({
    host,
    port,
    ...keys,
    // An address has no name to ask for; its certificate is held against the address.
    ...(net.isIP(host) ? {} : { servername: host }),
    rejectUnauthorized: uri.query.no_verify !== '1',
    minVersion: 'TLSv1.2',
  })
  socket.setNoDelay(true)
  try {
    await opened(socket, 'secureConnect', signal)
  } catch (error) {
    signal.throwIfAborted()
    throw handshakeTrouble(where, error)
  }
  try {
    await welcomed(socket, signal)
    return socket
  } catch (error) {
    signal.throwIfAborted()
    // With TLS 1.3 the client's certificate is looked at after the handshake is over for us.
    const message = `${where}: the daemon does not accept our certificate (${wordsOf(error)}); its log says why, and tls_allowed_dn_list in libvirtd.conf who may`
    throw new HostTrouble('auth', message, { cause: error })
  }
}

/** Reads the one byte with which the daemon says yes, and leaves the rest where it is. */
async function welcomed(socket: tls.TLSSocket, signal: AbortSignal): Promise<void> {
  for (;;) {
    const byte: Buffer | null = socket.read(1)
    if (byte?.[0] === welcome) return
    if (byte) {
      socket.destroy()
      throw new Error(`it says ${byte[0]} and not ${welcome}`)
    }
    await opened(socket, 'readable', signal)
  }
}

interface Keys {
  readonly ca: Buffer
  readonly cert: Buffer
  readonly key: Buffer
}

/** The three files where libvirt's users have them: together in `pkipath`, in their own folder, in the machine's. */
async function readKeys({ query, text }: LibvirtUri): Promise<Keys> {
  const own = path.join(os.homedir(), '.pki/libvirt')
  const places = query.pkipath
    ? [together(query.pkipath)]
    : [
        together(own),
        {
          ca: '/etc/pki/CA/cacert.pem',
          cert: '/etc/pki/libvirt/clientcert.pem',
          key: '/etc/pki/libvirt/private/clientkey.pem',
        },
      ]
  const missing: string[] = []
  for (const { ca, cert, key } of places) {
    try {
      const [caText, certText, keyText] = await Promise.all([ca, cert, key].map(file => readFile(file)))
      if (caText && certText && keyText) return { ca: caText, cert: certText, key: keyText }
    } catch (error) {
      missing.push(wordsOf(error))
    }
  }
  throw new LibvirtUriError(
    'pkipath',
    `${text}: TLS needs cacert.pem, clientcert.pem and clientkey.pem; put them into one folder and name it with ?pkipath= (${missing.join('; ')})`,
  )
}

function together(folder: string) {
  const file = (name: string) => path.join(folder, name)
  return { ca: file('cacert.pem'), cert: file('clientcert.pem'), key: file('clientkey.pem') }
}

/** Node's names for a certificate of the daemon that does not hold. */
const untrusted = /^(UNABLE_TO|SELF_SIGNED|DEPTH_ZERO|CERT_|ERR_TLS_CERT|INVALID_)/

function handshakeTrouble(where: string, error: unknown): HostTrouble {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  if (untrusted.test(code))
    return new HostTrouble(
      'host-key',
      `${where}: the daemon's certificate does not hold: ${wordsOf(error)}. Its CA has to be our cacert.pem, and its name the one in the URI`,
      { cause: error, detail: { code } },
    )
  if (code.startsWith('ERR_SSL_') || code === 'EPROTO' || code.startsWith('ERR_OSSL_'))
    return new HostTrouble('auth', `${where}: the TLS handshake failed: ${wordsOf(error)}`, {
      cause: error,
      detail: { code },
    })
  return new HostTrouble(
    'unreachable',
    `${where}: ${wordsOf(error)}. Does libvirtd listen with TLS there (libvirtd-tls.socket)?`,
    { cause: error, detail: { code } },
  )
}

function wordsOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
