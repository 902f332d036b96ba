import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { type AddressInfo, isIP } from 'node:net'
import { type Answer, type AnswerPorts, answerHook, type Hook, headersOf } from './answer.ts'
import { readBody } from './body.ts'
import { tellDoubts } from './doubted.ts'
import type { HookRequest } from './request.ts'

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
  const doubted = tellDoubts(notice)
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const hook = byPath.get(request.url?.split('?')[0] ?? '')
    const answered: Answer =
      hook === undefined
        ? { status: 404, body: { error: 'there is no such webhook' } }
        : await answerHook(requestOf(request), hook, { ...options, doubted })
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

function requestOf(request: IncomingMessage): HookRequest {
  const { method, headers } = request
  return { method, headers, body: () => readBody(request) }
}

function write(request: IncomingMessage, response: ServerResponse, answer: Answer): void {
  const { status, body } = answer
  const text = `${JSON.stringify(body)}\n`
  // What of it was not read is not waited for.
  if (!request.complete) response.setHeader('connection', 'close')
  response.writeHead(status, {
    ...headersOf(answer),
    'content-length': Buffer.byteLength(text),
  })
  response.end(text)
}
