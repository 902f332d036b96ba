import { createHash } from 'node:crypto'
import http from 'node:http'
import net from 'node:net'
import tls from 'node:tls'
import { readAtMost } from '../../../read-at-most.ts'
import type { Bounds } from '../../bounds.ts'

/** Where a service is, and by what certificate it is known. */
export interface Endpoint {
  readonly url: string
  /** SHA-256 of its certificate in hexadecimal digits; without one its certificate is verified as a browser does it. */
  readonly fingerprint?: string | undefined
}

export interface Question {
  readonly method: 'GET' | 'POST' | 'DELETE'
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: unknown
}

export interface Reply {
  readonly status: number
  readonly headers: http.IncomingHttpHeaders
  readonly text: string
}

/** The service has another certificate than the one that is pinned, or one that nobody vouches for. */
export class StrangeCertificate extends Error {
  override readonly name = 'StrangeCertificate'
}

/** What a service says of itself takes some kilobytes; this is plenty, and not more than we want in memory. */
const longestAnswer = 1_024 ** 2

/**
 * One request on a connection of its own; nothing is sent before the service's certificate is known to be the right one.
 * Redirections are answers like others: a password is sent where it was meant for and nowhere else.
 */
export async function exchange(endpoint: Endpoint, question: Question, bounds: Bounds): Promise<Reply> {
  const late = AbortSignal.timeout(bounds.timeout)
  const signal = AbortSignal.any([bounds.signal, late])
  const url = new URL(endpoint.url)
  const socket = await connect(url, endpoint.fingerprint, signal)
  try {
    return await send(url, question, socket, signal)
  } finally {
    socket.destroy()
  }
}

function connect(url: URL, fingerprint: string | undefined, signal: AbortSignal): Promise<net.Socket> {
  const host = url.hostname.replace(/^\[|\]$/g, '')
  const secure = url.protocol === 'https:'
  const port = Number(url.port || (secure ? 443 : 80))
  signal.throwIfAborted()
  const socket = secure
    ? tls.connect({
        host,
        port,
        ...(net.isIP(host) === 0 ? { servername: host } : {}),
        // A pinned certificate is compared below; nearly all controllers have made theirs themselves.
        rejectUnauthorized: false,
      })
    : net.connect({ host, port })
  return new Promise((resolve, reject) => {
    const fail = (error: unknown) => {
      signal.removeEventListener('abort', stop)
      socket.destroy()
      reject(error)
    }
    const stop = () => fail(signal.reason)
    signal.addEventListener('abort', stop, { once: true })
    socket.once('error', fail)
    socket.once(secure ? 'secureConnect' : 'connect', () => {
      const wrong = socket instanceof tls.TLSSocket ? distrust(socket, host, fingerprint) : undefined
      if (wrong) return fail(wrong)
      signal.removeEventListener('abort', stop)
      socket.off('error', fail)
      resolve(socket)
    })
  })
}

function distrust(
  socket: tls.TLSSocket,
  host: string,
  pinned: string | undefined,
): StrangeCertificate | undefined {
  const certificate = socket.getPeerCertificate()
  const seen = createHash('sha256').update(certificate.raw).digest('hex')
  if (pinned !== undefined) {
    if (seen === pinned.toLowerCase()) return undefined
    return new StrangeCertificate(
      `has a certificate with the fingerprint ${seen}, and ${pinned.toLowerCase()} is configured. If it was renewed, look at it there and change fingerprint`,
    )
  }
  const why = socket.authorized
    ? tls.checkServerIdentity(host, certificate)?.message
    : String(socket.authorizationError)
  if (why === undefined) return undefined
  return new StrangeCertificate(
    `has a certificate that nobody vouches for (${why}). If its fingerprint is ${seen}, put that into fingerprint`,
  )
}

function send(url: URL, question: Question, socket: net.Socket, signal: AbortSignal): Promise<Reply> {
  const body = question.body === undefined ? undefined : JSON.stringify(question.body)
  const request = http.request({
    method: question.method,
    path: question.path,
    createConnection: () => socket,
    signal,
    headers: {
      accept: 'application/json',
      'odata-version': '4.0',
      ...question.headers,
      host: url.host,
      ...(body === undefined
        ? {}
        : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }),
    },
  })
  return new Promise((resolve, reject) => {
    const fail = (error: unknown) => reject(signal.aborted ? signal.reason : error)
    request.once('error', fail)
    request.once('response', response => receive(response).then(resolve, fail))
    request.end(body)
  })
}

async function receive(response: http.IncomingMessage): Promise<Reply> {
  const body = await readAtMost(response, longestAnswer)
  if (body === undefined) throw new Error(`its answer is longer than ${longestAnswer} bytes`)
  const { statusCode: status = 0, headers } = response
  return { status, headers, text: body.toString('utf8') }
}
