import http from 'node:http'
import https from 'node:https'
import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { Endpoint } from './endpoint.ts'
import { LxdError, type LxdTrouble } from './errors.ts'
import { createTlsAgent, StrangeCertificate } from './tls.ts'

/** What an upload sends: bytes whose number is known before, since the server is told it. */
export interface Upload {
  readonly type: string
  readonly bytes: number
  readonly open: () => Readable
}

/** One request. `doing` is what errors call it. */
export interface Call {
  readonly doing: string
  readonly method: 'GET' | 'PUT' | 'PATCH' | 'POST' | 'DELETE'
  /** Path and query. */
  readonly path: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: unknown
  readonly upload?: Upload
  readonly signal: AbortSignal
  /** Milliseconds until the whole answer must be here (30,000). */
  readonly timeout?: number
}

/** An answer, whatever its status. */
export interface Reply {
  readonly status: number
  readonly headers: http.IncomingHttpHeaders
  readonly body: Buffer
}

/** A way to one server, with a few warm connections. */
export interface Connection {
  send(call: Call): Promise<Reply>
  close(): void
}

/** How long an answer may take, in milliseconds. */
const answerMs = 30_000

/** How large an answer may be: a thousand instances with everything that is known of them take a sixth of it. */
const answerBytes = 32 * 1024 * 1024

/** Requests at once to one server; further ones wait their turn. */
const parallel = 32

/** The host part of requests that go through a socket, which has no name. */
const socketHost = 'http://lxd'

/** Opens nothing yet: connections are made when they are needed. */
export function createConnection(endpoint: Endpoint): Connection {
  const pool = { keepAlive: true, maxSockets: parallel }
  const remote = 'url' in endpoint
  const agent = remote ? createTlsAgent(endpoint, pool) : new http.Agent(pool)
  const base = remote ? endpoint.url : socketHost
  const own = remote ? {} : { socketPath: endpoint.socket }
  const where = remote ? endpoint.url : endpoint.socket
  return {
    async send(call) {
      for (let attempt = 1; ; attempt++) {
        try {
          return await exchange(
            call,
            options => (remote ? https : http).request(new URL(call.path, base), options),
            {
              ...own,
              agent,
            },
          )
        } catch (error) {
          // A warm connection that the server has just closed says nothing about the server.
          if (error instanceof StaleConnection && call.method === 'GET' && attempt === 1) continue
          throw explain(error, call, where)
        }
      }
    },
    close: () => agent.destroy(),
  }
}

/** A connection that was used before broke before an answer came. */
class StaleConnection extends Error {
  override readonly name = 'StaleConnection'
}

/** The request had left, at least in part, when the connection broke. */
class LostInTheMiddle extends Error {
  override readonly name = 'LostInTheMiddle'
}

class TooLarge extends Error {
  override readonly name = 'TooLarge'
}

async function exchange(
  call: Call,
  open: (options: http.RequestOptions) => http.ClientRequest,
  own: http.RequestOptions,
): Promise<Reply> {
  const { method, signal, timeout = answerMs } = call
  signal.throwIfAborted()
  const body = call.body === undefined ? undefined : Buffer.from(JSON.stringify(call.body))
  const length = call.upload?.bytes ?? body?.length
  const request = open({
    ...own,
    method,
    headers: {
      ...call.headers,
      ...(length === undefined ? {} : { 'content-length': length }),
      ...(call.upload
        ? { 'content-type': call.upload.type }
        : body
          ? { 'content-type': 'application/json' }
          : {}),
    },
  })
  const stop = () => request.destroy(signal.reason)
  signal.addEventListener('abort', stop, { once: true })
  const timer = setTimeout(() => request.destroy(new DOMException(`${timeout} ms`, 'TimeoutError')), timeout)
  try {
    const answer = Promise.withResolvers<Reply>()
    request.once('response', response => receive(response).then(answer.resolve, answer.reject))
    request.on('error', error => answer.reject(signal.aborted ? error : placed(error, request)))
    if (call.upload) {
      // A server that refuses an upload answers before it is through; its answer says more than our broken pipe.
      pipeline(call.upload.open(), request).catch(answer.reject)
    } else request.end(body)
    return await answer.promise
  } finally {
    clearTimeout(timer)
    signal.removeEventListener('abort', stop)
    if (!request.writableFinished) request.destroy()
  }
}

async function receive(response: http.IncomingMessage): Promise<Reply> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of response) {
    bytes += chunk.length
    if (bytes > answerBytes) {
      response.destroy()
      throw new TooLarge(`its answer is larger than ${answerBytes} bytes`)
    }
    chunks.push(chunk)
  }
  return { status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(chunks) }
}

/** Tells a connection that never was from one that was lost with our request on it. */
function placed(error: Error, request: http.ClientRequest): Error {
  if (error.name === 'TimeoutError' || error instanceof StrangeCertificate || isUnproved(error)) return error
  if (request.reusedSocket) return new StaleConnection(error.message, { cause: error })
  const connected = request.socket !== null && request.socket.bytesWritten > 0
  return connected ? new LostInTheMiddle(error.message, { cause: error }) : error
}

function explain(error: unknown, { doing, signal, method }: Call, where: string): LxdError {
  const fail = (kind: LxdTrouble, why: string) => new LxdError(kind, why, { doing, cause: error })
  if (signal.aborted) return fail('cancelled', 'it was cancelled')
  if (!(error instanceof Error)) return fail('unreachable', String(error))
  if (error.name === 'TimeoutError') {
    return fail(
      'timeout',
      `${where} did not answer within ${error.message}; see whether the daemon is busy or gone`,
    )
  }
  if (error instanceof StrangeCertificate) {
    return fail(
      'untrusted',
      `${where} is not the server that was trusted: ${error.message}; if its certificate was renewed, configure the new fingerprint`,
    )
  }
  if (isUnproved(error)) {
    return fail(
      'untrusted',
      `the certificate of ${where} is not signed by the configured authority (${error.message})`,
    )
  }
  if (error instanceof TooLarge) return fail('malformed', `${where}: ${error.message}`)
  const lost = error instanceof StaleConnection || error instanceof LostInTheMiddle || isBrokenAnswer(error)
  if (lost && method !== 'GET') {
    return fail(
      'unknown',
      `the connection to ${where} was lost (${error.message}); it may have been done: look again`,
    )
  }
  return fail(
    'unreachable',
    `${where} can't be reached (${error.message}); see whether the daemon is running there`,
  )
}

function isBrokenAnswer(error: Error): boolean {
  return 'code' in error && (error.code === 'ECONNRESET' || error.code === 'EPIPE')
}

/** OpenSSL's words for a certificate that nobody vouches for, as Node gives them. */
function isUnproved(error: Error): boolean {
  return 'code' in error && /CERT|SIGNATURE|ALTNAME/.test(String(error.code))
}
