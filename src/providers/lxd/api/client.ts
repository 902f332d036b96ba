import type { Duplex } from 'node:stream'
import type * as z from 'zod'
import type { Reply, Upload } from './call.ts'
import { type Connection, createConnection } from './connection.ts'
import type { Endpoint } from './endpoint.ts'
import { parseAs, readAnswer } from './envelope.ts'
import { LxdError } from './errors.ts'
import { follow } from './follow.ts'
import { lingering } from './lingering.ts'
import type { Progress, ServerOperation } from './operation.ts'
import { openWebSocket } from './websocket/websocket.ts'

/** What every call takes. */
export interface CallOptions {
  readonly signal: AbortSignal
  /** Milliseconds for the whole (600,000); a question that changes nothing gets 30,000 of them at most. */
  readonly timeout?: number | undefined
  readonly onProgress?: ((progress: Progress) => void) | undefined
}

/** What is asked of the server: `path` is made of `pathTo`'s parts. */
export interface Asked {
  readonly doing: string
  readonly path: string
  readonly query?: Readonly<Record<string, string>>
}

/** A change that is asked for. With `etag`, only of what is still as it was read. */
export interface Change extends Asked {
  readonly method: 'PUT' | 'PATCH' | 'POST' | 'DELETE'
  readonly body?: unknown
  readonly upload?: Upload
  readonly headers?: Readonly<Record<string, string>>
  readonly etag?: string | undefined
}

/** What was read, and the mark by which a change of it says what it was based on. */
export interface Read<T> {
  readonly value: T
  readonly etag: string | undefined
}

/** LXD's or Incus's API, on one server and in one project. */
export interface LxdClient {
  read<T extends z.ZodType>(asked: Asked, schema: T, options: CallOptions): Promise<Read<z.output<T>>>
  /** Asks for a change and, where the server does it in the background, waits until it is done. */
  change<T extends z.ZodType>(change: Change, schema: T, options: CallOptions): Promise<z.output<T>>
  /** Asks for what the server does in the background, and doesn't wait for it. */
  begin(change: Change, options: CallOptions): Promise<ServerOperation>
  /** Waits until what is done in the background is over. */
  follow(doing: string, operation: ServerOperation, options: CallOptions): Promise<ServerOperation>
  /** Opens a websocket, of messages or of bytes. */
  stream(asked: Asked, options: CallOptions & { readonly messages?: boolean }): Promise<Duplex>
  /** What is no JSON: logs and files. */
  fetch(asked: Asked, options: CallOptions): Promise<Buffer>
  close(): void
}

/** How long a question may take, and how long a change, in milliseconds. */
const readMs = 30_000
const workMs = 600_000

/** Milliseconds that somebody who is cancelled still waits to hear whether the server begins what it was asked for. */
const receiptMs = 5_000

/**
 * Opens a client of a server. Nothing is connected before the first call. Every call throws `LxdError` and nothing
 * else for what is the server's fault.
 *
 * @example
 * const client = openClient({ socket: '/var/lib/lxd/unix.socket' })
 * await listInstances(client, { signal: AbortSignal.timeout(5_000) })
 * client.close()
 */
export function openClient(endpoint: Endpoint, project?: string): LxdClient {
  const connection = createConnection(endpoint)
  const own = project === undefined ? {} : { project }
  const query = new URLSearchParams(own).toString()
  const full = (asked: Asked) => {
    const text = new URLSearchParams({ ...own, ...asked.query }).toString()
    return text ? `${asked.path}?${text}` : asked.path
  }
  const get = (asked: Asked, { signal, timeout = readMs }: CallOptions) =>
    connection.send({
      doing: asked.doing,
      method: 'GET',
      path: full(asked),
      signal,
      timeout: Math.min(timeout, readMs),
    })
  const ask = async (change: Change, options: CallOptions) => {
    const sent = (signal: AbortSignal) => send(connection, change, full(change), { ...options, signal })
    // What is being made and not known of can't be found, and so not be taken back. The bytes of an upload are.
    const makes = change.method === 'POST' && change.upload === undefined
    const reply = makes ? lingering(options.signal, receiptMs, sent) : sent(options.signal)
    return readAnswer(await reply, change.doing)
  }
  const wait = (doing: string, operation: ServerOperation, { timeout = workMs, ...options }: CallOptions) =>
    follow(connection, operation, { ...options, doing, query, timeout })
  return {
    async read(asked, schema, options) {
      const answer = readAnswer(await get(asked, options), asked.doing)
      if (answer.type === 'async') throw surprised(asked.doing, 'started an operation')
      return { value: parseAs(schema, answer.metadata, asked.doing), etag: answer.etag }
    },
    async change(change, schema, options) {
      const { doing } = change
      const { timeout = workMs } = options
      const began = performance.now()
      const answer = await ask(change, options)
      if (answer.type === 'sync') return parseAs(schema, answer.metadata, doing)
      const left = Math.max(1, timeout - (performance.now() - began))
      const { metadata } = await wait(doing, answer.operation, { ...options, timeout: left })
      return parseAs(schema, metadata ?? {}, doing)
    },
    async begin(change, options) {
      const answer = await ask(change, options)
      if (answer.type === 'async') return answer.operation
      throw surprised(change.doing, 'started no operation')
    },
    follow: wait,
    stream: (asked, { signal, messages = false }) =>
      openWebSocket(connection, full(asked), { doing: asked.doing, signal, messages }),
    async fetch(asked, options) {
      const reply = await get(asked, options)
      if (isAnswer(reply)) readAnswer(reply, asked.doing)
      return reply.body
    },
    close: connection.close,
  }
}

function send(
  connection: Connection,
  { doing, method, body, upload, headers, etag }: Change,
  path: string,
  { signal, timeout = workMs }: CallOptions,
): Promise<Reply> {
  return connection.send({
    doing,
    method,
    path,
    signal,
    ...(body === undefined ? {} : { body }),
    ...(upload === undefined ? {} : { upload }),
    timeout,
    headers: { ...headers, ...(etag === undefined ? {} : { 'if-match': etag }) },
  })
}

function isAnswer({ status, headers }: Reply): boolean {
  return status >= 400 || (headers['content-type'] ?? '').startsWith('application/json')
}

function surprised(doing: string, did: string): LxdError {
  return new LxdError('malformed', `the server ${did}, which is not what LXD 5 or Incus does`, { doing })
}

/**
 * A path of the API with its parts encoded, so that no name can lead elsewhere.
 *
 * @example
 * pathTo('instances', 'redis-1', 'state') // '/1.0/instances/redis-1/state'
 */
export function pathTo(...parts: string[]): string {
  for (const part of parts) {
    if (part === '' || part === '.' || part === '..') {
      throw new LxdError('invalid', `${JSON.stringify(part)} is no name`, {
        doing: `asking for ${parts.join('/')}`,
      })
    }
  }
  return `/1.0/${parts.map(encodeURIComponent).join('/')}`
}
