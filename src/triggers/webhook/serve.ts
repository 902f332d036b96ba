import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { type AddressInfo, isIP } from 'node:net'
import { type Answer, type AnswerPorts, answerHook, type Hook } from './answer.ts'

export interface WebhooksOptions extends Omit<AnswerPorts, 'doubted'> {
  /** Where to listen, as `127.0.0.1:5766` or `[::1]:5766`; port 0 is any. */
  readonly listen: string
  readonly hooks: readonly Hook[]
}

/** Webhooks that are taken. */
export interface WebhooksServer {
  /** Where it listens, with its port. */
  readonly address: string
  /** Takes nothing more, lets what is being answered end, and resolves then. */
  close(): Promise<void>
}

/** Requests that are not believed are told once in this time, in milliseconds, however many come. */
const toldEveryMs = 60_000

/** Milliseconds for a whole request to arrive. */
const requestMs = 10_000

const mostConnections = 64

/**
 * Takes webhooks over plain HTTP; something with TLS stands before it where they come from elsewhere. Rejects when it can't
 * listen.
 */
export async function serveWebhooks(options: WebhooksOptions): Promise<WebhooksServer> {
  const { listen, hooks, notice } = options
  const byPath = new Map(hooks.map(hook => [`/hooks/${hook.webhook.path}`, hook]))
  const answering = new Set<Promise<void>>()

  let toldAt = Number.NEGATIVE_INFINITY
  let untold = 0
  const doubted: AnswerPorts['doubted'] = (path, doubt) => {
    untold++
    const now = performance.now()
    if (now - toldAt < toldEveryMs) return
    notice(`webhook ${path}: ${untold} requests were not believed, the last one is ${doubt}`)
    toldAt = now
    untold = 0
  }

  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const hook = byPath.get(request.url?.split('?')[0] ?? '')
    const answered: Answer =
      hook === undefined
        ? { status: 404, body: { error: 'there is no such webhook' } }
        : await answerHook(request, hook, { ...options, doubted })
    write(request, response, answered)
  }

  const server = createServer(
    {
      requestTimeout: requestMs,
      headersTimeout: requestMs,
      keepAliveTimeout: requestMs,
      connectionsCheckingInterval: 1_000,
      maxHeaderSize: 16 * 1024,
    },
    (request, response) => {
      const one = answer(request, response)
        .catch((thrown: Error) => {
          // A sender that went away hears nothing, and what is wrong here is not for senders.
          if (!request.destroyed || request.complete) notice(`a webhook is not answered: ${thrown.message}`)
          if (!response.headersSent) write(request, response, { status: 500, body: { error: 'it failed' } })
        })
        .finally(() => answering.delete(one))
      answering.add(one)
    },
  )
  server.maxConnections = mostConnections
  server.on('clientError', (_error, socket) => void socket.destroy())

  const [, host = '', port = ''] = /^(.*):(\d+)$/.exec(listen) ?? []
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen({ host: host.replace(/^\[|\]$/g, ''), port: Number(port) }, () => {
      server.off('error', reject)
      // Running out of descriptors while accepting must not end the process.
      server.on('error', () => {})
      resolve()
    })
  })
  const bound = server.address() as AddressInfo
  return {
    address: `${isIP(bound.address) === 6 ? `[${bound.address}]` : bound.address}:${bound.port}`,
    async close() {
      const closed = new Promise<void>(resolve => server.close(() => resolve()))
      server.closeIdleConnections()
      await Promise.all(answering)
      server.closeAllConnections()
      await closed
    },
  }
}

function write(request: IncomingMessage, response: ServerResponse, { status, body }: Answer): void {
  const text = `${JSON.stringify(body)}\n`
  // What of it was not read is not waited for.
  if (!request.complete) response.setHeader('connection', 'close')
  response.writeHead(status, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(text),
    'cache-control': 'no-store',
    ...(status === 405 ? { allow: 'POST' } : {}),
  })
  response.end(text)
}
