import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { gunzipSync } from 'node:zlib'

/** A call as it came over the wire. `action` is by the protocol's own rules, empty for REST. */
export interface WireCall {
  /** The signing name, such as `ec2`. */
  readonly service: string
  readonly region: string
  /** The id of the access key that signed it. */
  readonly key: string
  readonly action: string
  readonly method: string
  readonly path: string
  /** The query's parameters, or a form's. */
  readonly query: URLSearchParams
  readonly headers: Readonly<Record<string, string>>
  readonly body: Buffer
  /** The body parsed as JSON; `{}` where it is none. */
  readonly json: any
}

export interface WireReply {
  readonly status?: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | Uint8Array
}

/** One service of AWS. Throws `WireError` for what its API refuses. */
export interface WireService {
  /** The signing name. */
  readonly name: string
  readonly protocol: 'ec2' | 'query' | 'json' | 'rest-json' | 'rest-xml'
  handle(call: WireCall): WireReply | Promise<WireReply>
}

/** What an API refuses, by its error's code. */
export class WireError extends Error {
  readonly code: string
  readonly status: number

  constructor(code: string, message: string, status = 400) {
    super(message)
    this.code = code
    this.status = status
  }
}

/** How a call goes that does not go as the service would have it. */
export type Mischief = 'throttle' | 500 | 'hang up' | 'never answer' | 'do it, then hang up' | WireError

export interface Aws {
  readonly endpoint: string
  readonly calls: readonly WireCall[]
  /** The actions (or methods and paths) of a service's calls, in their order. */
  callsOf(service: string): readonly string[]
  /** What happens to the next calls of an action (`ec2 RunInstances`, `s3 PUT`), or of a service (`ec2`), in their order. */
  next(what: string, ...mischief: Mischief[]): void
  /** Forgets what was to happen to calls that have not come. */
  calm(): void
  end(): Promise<void>
}

/** Credentials that every test may use; nothing takes them but these fakes. */
const credentials = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'example-secret' }

/** The same for processes. */
export const awsEnvironment = {
  AWS_ACCESS_KEY_ID: credentials.accessKeyId,
  AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
  AWS_REGION: 'eu-central-1',
  AWS_EC2_METADATA_DISABLED: 'true',
}

/**
 * AWS's HTTP APIs on loopback, as far as the given services go: the one at which a call is aimed stands in its signature
 * (Signature Version 4's credential scope), which has to be there, or in an address that was signed beforehand. The signature itself is not computed again.
 */
export async function startAws(...services: readonly WireService[]): Promise<Aws> {
  const byName = new Map(services.map(service => [service.name, service]))
  const calls: WireCall[] = []
  const planned = new Map<string, Mischief[]>()
  const sockets = new Set<Socket>()
  const server = createServer((request, response) => {
    // A line that breaks under a request is what some tests are about.
    answer(request, response).catch(() => response.destroy())
  })
  server.on('connection', socket => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
  })

  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const call = await read(request)
    const service = byName.get(call.service)
    if (service === undefined) return send(response, { status: 404, body: `no fake of ${call.service}` })
    calls.push(call)
    const reply = (error: WireError) => send(response, refusal(service.protocol, error))
    const mischief = [`${call.service} ${call.action || call.method}`, call.service]
      .map(name => planned.get(name))
      .find(list => list !== undefined && list.length > 0)
      ?.shift()
    if (mischief === 'never answer') return
    if (mischief === 'hang up') return void response.destroy()
    if (mischief === 'throttle') return reply(throttled(service.protocol))
    if (mischief === 500) return reply(new WireError('InternalError', 'something went wrong there', 500))
    if (mischief instanceof WireError) return reply(mischief)
    try {
      const done = await service.handle(call)
      if (mischief === 'do it, then hang up') return void response.destroy()
      send(response, done)
    } catch (error) {
      if (error instanceof WireError) return reply(error)
      reply(new WireError('InternalFailure', `the fake itself failed: ${String(error)}`, 500))
    }
  }

  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, '127.0.0.1', resolve)
  })
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    calls,
    callsOf: name =>
      calls
        .filter(({ service }) => service === name)
        .map(({ action, method, path }) => action || `${method} ${path}`),
    calm: () => planned.clear(),
    next: (what, ...mischief) => void planned.set(what, [...(planned.get(what) ?? []), ...mischief]),
    end: async () => {
      const closed = new Promise<void>(resolve => server.close(() => resolve()))
      for (const socket of sockets) socket.destroy()
      await closed
    },
  }
}

async function read(request: IncomingMessage): Promise<WireCall> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  const sent = Buffer.concat(chunks)
  const headers = Object.fromEntries(
    Object.entries(request.headers).map(([name, value]) => [name, String(value)]),
  )
  const body = headers['content-encoding'] === 'gzip' ? gunzipSync(sent) : sent
  const url = new URL(request.url ?? '/', 'http://aws')
  const form = headers['content-type']?.startsWith('application/x-www-form-urlencoded') === true
  const query = form ? new URLSearchParams(body.toString()) : url.searchParams
  const [, key = '', region = '', service = ''] =
    /Credential=([^/]+)\/\d{8}\/([^/]+)\/([^/]+)\/aws4_request/.exec(
      headers.authorization ?? `Credential=${url.searchParams.get('X-Amz-Credential')}`,
    ) ?? []
  const target = headers['x-amz-target']?.split('.').at(-1)
  const action = target ?? (form ? (query.get('Action') ?? '') : '')
  const method = request.method ?? 'GET'
  return {
    service,
    region,
    key,
    action,
    method,
    path: url.pathname,
    query,
    headers,
    body,
    json: parsed(body),
  }
}

function parsed(body: Buffer): unknown {
  try {
    return body.length === 0 ? {} : JSON.parse(body.toString())
  } catch {
    return {}
  }
}

function throttled(protocol: WireService['protocol']): WireError {
  if (protocol === 'ec2') return new WireError('RequestLimitExceeded', 'Request limit exceeded.', 503)
  if (protocol === 'rest-xml') return new WireError('SlowDown', 'Please reduce your request rate.', 503)
  return new WireError('ThrottlingException', 'Rate exceeded')
}

/** How each protocol writes an error (AWS SDKs' documentation of Smithy's AWS protocols). */
function refusal(protocol: WireService['protocol'], { code, message, status }: WireError): WireReply {
  const xml = { 'content-type': 'text/xml' }
  const text = `<Code>${escaped(code)}</Code><Message>${escaped(message)}</Message>`
  if (protocol === 'ec2')
    return {
      status,
      headers: xml,
      body: `<Response><Errors><Error>${text}</Error></Errors><RequestID>r</RequestID></Response>`,
    }
  if (protocol === 'query')
    return {
      status,
      headers: xml,
      body: `<ErrorResponse><Error><Type>Sender</Type>${text}</Error><RequestId>r</RequestId></ErrorResponse>`,
    }
  if (protocol === 'rest-xml') return { status, headers: xml, body: `<Error>${text}</Error>` }
  return {
    status,
    headers: { 'content-type': 'application/x-amz-json-1.1', 'x-amzn-errortype': code },
    body: JSON.stringify({ __type: code, message }),
  }
}

/** Text as XML holds it. */
export function escaped(text: string): string {
  return text.replace(/[<>&"']/g, sign => `&#${sign.charCodeAt(0)};`)
}

/** A reply of AWS JSON. */
export function jsonReply(value: unknown): WireReply {
  return { headers: { 'content-type': 'application/x-amz-json-1.1' }, body: JSON.stringify(value) }
}

/** A reply of XML. */
export function xmlReply(body: string): WireReply {
  return { headers: { 'content-type': 'text/xml' }, body: `<?xml version="1.0" encoding="UTF-8"?>${body}` }
}

function send(response: ServerResponse, { status = 200, headers = {}, body = '' }: WireReply): void {
  response.writeHead(status, { 'x-amzn-requestid': 'fake', ...headers }).end(body)
}
