import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { type AddressInfo, isIP } from 'node:net'

/** How a process is: `ok`, or what is the matter, each as a sentence. */
export interface Health {
  readonly ok: boolean
  readonly troubles: readonly string[]
}

export interface MetricsOptions {
  /** Where to listen, as `127.0.0.1:5763` or `[::1]:5763`; port 0 is any. */
  readonly listen: string
  expose(): string
  health(): Health
}

export interface MetricsServer {
  /** Where it listens, with its port. */
  readonly address: string
  close(): Promise<void>
}

/** Milliseconds for a request to arrive. Nobody who scrapes has anything to send. */
const requestMs = 5_000

/** Milliseconds for everything on one connection, whatever is sent on it and how slowly it is read. */
const connectionMs = 30_000

const mostConnections = 32

/**
 * Serves `/metrics` for Prometheus and `/healthz` for whoever watches over the process, over plain HTTP. On
 * loopback, only requests that name an address or `localhost` are answered, so that a page in a browser whose own name
 * suddenly is ours reads nothing; who listens for a network has a name there. Rejects when it can't listen.
 *
 * @example
 * const server = await serveMetrics({ listen: '127.0.0.1:5763', expose: () => registry.expose(), health })
 */
export async function serveMetrics({ listen, expose, health }: MetricsOptions): Promise<MetricsServer> {
  const { host, port } = parseListen(listen)
  const server = createServer(
    {
      requestTimeout: requestMs,
      headersTimeout: requestMs,
      keepAliveTimeout: requestMs,
      connectionsCheckingInterval: 1_000,
      maxHeaderSize: 8 * 1024,
    },
    (request, response) => {
      const { status, type, text } = answer(request, { expose, health, anyName })
      // What was sent along is not read.
      if (hasBody(request)) response.setHeader('connection', 'close')
      write(request, response, status, type, text)
    },
  )
  let anyName = false
  server.maxConnections = mostConnections
  server.on('connection', socket => {
    const timer = setTimeout(() => socket.destroy(), connectionMs).unref()
    socket.once('close', () => clearTimeout(timer))
  })
  server.on('clientError', (_error, socket) => void socket.destroy())
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen({ host, port }, () => {
      server.off('error', reject)
      // Running out of descriptors while accepting must not end the process.
      server.on('error', () => {})
      const bound = server.address() as AddressInfo
      anyName = !isLoopback(bound.address)
      resolve({
        address: `${isIP(bound.address) === 6 ? `[${bound.address}]` : bound.address}:${bound.port}`,
        close: () =>
          new Promise(done => {
            server.close(() => done())
            server.closeAllConnections()
          }),
      })
    })
  })
}

interface Answer {
  readonly status: number
  readonly type: string
  readonly text: string
}

interface Answering extends Pick<MetricsOptions, 'expose' | 'health'> {
  readonly anyName: boolean
}

const plain = 'text/plain; charset=utf-8'

function answer(request: IncomingMessage, { expose, health, anyName }: Answering): Answer {
  if (!anyName && !isLocalName(request.headers.host))
    return { status: 403, type: plain, text: 'ask for an address\n' }
  if (request.method !== 'GET' && request.method !== 'HEAD')
    return { status: 405, type: plain, text: 'only GET\n' }
  if (hasBody(request)) return { status: 413, type: plain, text: 'nothing to send here\n' }
  try {
    switch (request.url?.split('?')[0]) {
      case '/metrics':
        return { status: 200, type: 'text/plain; version=0.0.4; charset=utf-8', text: expose() }
      case '/healthz': {
        const { ok, troubles } = health()
        return {
          status: ok ? 200 : 503,
          type: plain,
          text: `${[ok ? 'ok' : 'trouble', ...troubles].join('\n')}\n`,
        }
      }
      default:
        return { status: 404, type: plain, text: 'there are /metrics and /healthz\n' }
    }
  } catch {
    // What went wrong is for the process' own log, not for whoever asks.
    return { status: 500, type: plain, text: 'it can not be said at present\n' }
  }
}

function write(
  request: IncomingMessage,
  response: ServerResponse,
  status: number,
  type: string,
  text: string,
): void {
  response.writeHead(status, {
    'content-type': type,
    'content-length': Buffer.byteLength(text),
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    ...(status === 405 ? { allow: 'GET, HEAD' } : {}),
  })
  response.end(request.method === 'HEAD' ? undefined : text)
}

/** An address or `localhost`, with or without a port: a name that somebody else's DNS can't answer for. */
function isLocalName(header: string | undefined): boolean {
  const [, host = ''] = /^(\[[0-9A-Fa-f:.]+\]|[^:]+)(?::\d{1,5})?$/.exec(header ?? '') ?? []
  return host.toLowerCase() === 'localhost' || isIP(host.replace(/^\[|\]$/g, '')) !== 0
}

function isLoopback(address: string): boolean {
  return address === '::1' || address.startsWith('127.')
}

function hasBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) !== 0
}

function parseListen(listen: string): { readonly host: string; readonly port: number } {
  const [, host = '', port = ''] = /^(\[[0-9A-Fa-f:.]+\]|[^:]+):(\d{1,5})$/.exec(listen) ?? []
  if (host === '' || Number(port) > 65_535)
    throw new Error(`${listen} is no address and port, such as 127.0.0.1:5763`)
  return { host: host.replace(/^\[|\]$/g, ''), port: Number(port) }
}
