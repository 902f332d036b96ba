import https from 'node:https'
import type { Duplex } from 'node:stream'
import tls from 'node:tls'
import type { Endpoint } from './endpoint.ts'

type Remote = Extract<Endpoint, { url: string }>

/** The server's certificate is not the one that was trusted. */
export class StrangeCertificate extends Error {
  override readonly name = 'StrangeCertificate'
  readonly found: string

  constructor(found: string) {
    super(`its certificate has the fingerprint ${found}`)
    this.found = found
  }
}

/**
 * An agent that shows our certificate and speaks to one server only. A pinned server signs its own certificate, so
 * its fingerprint is compared before the first byte of a request leaves.
 */
export function createTlsAgent(
  { cert, key, ca, fingerprint }: Remote,
  options: https.AgentOptions,
): https.Agent {
  const shared = { ...options, cert, key, minVersion: 'TLSv1.2' as const }
  if (fingerprint === undefined) return new https.Agent({ ...shared, ca })
  const agent = new https.Agent({ ...shared, rejectUnauthorized: false })
  agent.createConnection = (settings, done) => {
    connectPinned(settings as tls.ConnectionOptions, fingerprint, (error, socket) =>
      done?.(error, socket as Duplex),
    )
    return undefined
  }
  return agent
}

function connectPinned(
  settings: tls.ConnectionOptions,
  wanted: string,
  done: (error: Error | null, socket?: tls.TLSSocket) => void,
): void {
  const socket = tls.connect(settings)
  const fail = (error: Error) => {
    socket.destroy()
    done(error)
  }
  socket.once('error', fail)
  socket.once('secureConnect', () => {
    socket.off('error', fail)
    const found = fingerprintOf(socket)
    if (found === wanted) done(null, socket)
    else fail(new StrangeCertificate(found))
  })
}

function fingerprintOf(socket: tls.TLSSocket): string {
  return (socket.getPeerX509Certificate()?.fingerprint256 ?? '').replaceAll(':', '').toLowerCase()
}

/**
 * The fingerprint of the certificate that a server shows, for a person to compare with what `lxc info` prints there.
 * Nothing is sent to it. Rejects when it doesn't answer in `timeout` milliseconds.
 */
export async function readFingerprint(url: string, timeout: number): Promise<string> {
  const { hostname, port } = new URL(url)
  const { promise, resolve, reject } = Promise.withResolvers<string>()
  const socket = tls.connect({ host: hostname, port: Number(port || 443), rejectUnauthorized: false })
  socket.setTimeout(timeout, () => reject(new Error(`no answer within ${timeout} ms`)))
  socket.once('error', reject)
  socket.once('secureConnect', () => resolve(fingerprintOf(socket)))
  return await promise.finally(() => socket.destroy())
}
