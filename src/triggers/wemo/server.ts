import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { isIP } from 'node:net'
import { controlPath, eventServiceXml, setupXml } from './describe.ts'
import type { Identity } from './identity.ts'
import { answerCall, answerFault, type Fault, readCall } from './soap.ts'
import type { Switch } from './switch.ts'

/** A call of a switch has some 300 bytes. */
const mostBytes = 8_192

/** How long a request may take to arrive, in milliseconds. */
const requestMs = 5_000

export interface ServerParts {
  readonly name: string
  readonly identity: Identity
  readonly control: Switch
  /** Whether an address is in our network: nobody else is answered. */
  isNeighbour(address: string): boolean
  /** Hears of each request that was refused. */
  refused(): void
}

interface Answer {
  readonly status: number
  readonly body: string
}

/** The HTTP of one switch. It isn't listening yet. */
export function createSwitchServer(parts: ServerParts): Server {
  const server = createServer(
    { headersTimeout: requestMs, requestTimeout: requestMs, keepAliveTimeout: 1_000, maxHeaderSize: 8_192 },
    (request, response) => {
      answer(request, parts).then(
        ({ status, body }) => {
          if (status >= 400 && status !== 500) parts.refused()
          send(response, status, body)
        },
        () => {
          // The request broke off.
          response.destroy()
        },
      )
    },
  )
  server.maxConnections = 32
  server.on('clientError', (_error, socket) => {
    parts.refused()
    socket.destroy()
  })
  server.on('connection', socket => {
    if (!parts.isNeighbour(socket.remoteAddress ?? '')) {
      parts.refused()
      socket.destroy()
    }
  })
  return server
}

async function answer(request: IncomingMessage, { name, identity, control }: ServerParts): Promise<Answer> {
  const { method, url = '' } = request
  const path = url.split('?')[0]
  // A page in somebody's browser comes by a name that it made lead to us.
  if (!isAddress(request.headers.host)) return { status: 403, body: '' }
  if (method === 'GET' && path === '/setup.xml') return { status: 200, body: setupXml(name, identity) }
  if (method === 'GET' && path === '/eventservice.xml') return { status: 200, body: eventServiceXml }
  if (path !== controlPath) return { status: 404, body: '' }
  if (method !== 'POST') return { status: 405, body: '' }
  const body = await readBody(request)
  if (body === undefined) return { status: 413, body: '' }
  const header = request.headers.soapaction
  const call = readCall(typeof header === 'string' ? header : undefined, body)
  if ('fault' in call) return failed(call)
  if (call.action === 'GetFriendlyName') return told(answerCall(call.action, 'FriendlyName', name))
  if (call.action === 'GetBinaryState')
    return told(answerCall(call.action, 'BinaryState', number(await control.state())))
  try {
    await control.set(call.state)
    return told(answerCall(call.action, 'BinaryState', number(call.state)))
  } catch {
    // The switch has told it to whom it concerns.
    return failed({ fault: 501, text: 'Action Failed' })
  }
}

function told(body: string): Answer {
  return { status: 200, body }
}

function failed(fault: Fault): Answer {
  return { status: 500, body: answerFault(fault) }
}

function number(state: 'on' | 'off'): string {
  return state === 'on' ? '1' : '0'
}

function isAddress(host: string | undefined): boolean {
  return host !== undefined && isIP(host.replace(/:\d+$/, '').replace(/^\[(.*)\]$/, '$1')) !== 0
}

/** The body as text; nothing where it is too long. */
async function readBody(request: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length
    if (bytes > mostBytes) return undefined
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

function send(response: ServerResponse, status: number, body: string): void {
  const bytes = Buffer.from(body)
  response.writeHead(status, {
    'Content-Type': 'text/xml; charset="utf-8"',
    'Content-Length': bytes.length,
    ...(status === 413 ? { Connection: 'close' } : {}),
    EXT: '',
    SERVER: 'Unspecified, UPnP/1.0, Unspecified',
  })
  response.end(bytes)
}
