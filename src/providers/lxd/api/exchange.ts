import type { ClientRequest, IncomingMessage, OutgoingHttpHeaders } from 'node:http'
import type { Duplex } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { readAtMost } from '../../read-at-most.ts'
import type { Call, Reply } from './call.ts'
import { place, TooLarge } from './explain.ts'

/** How large an answer may be: a thousand instances with everything that is known of them take a sixth of it. */
const answerBytes = 32 * 1024 * 1024

/** Begins a request. */
export type Open = (call: Call, headers: OutgoingHttpHeaders) => ClientRequest

/** Sends a request and reads its answer. */
export function exchange(call: Call, open: Open): Promise<Reply> {
  const { upload } = call
  const body = call.body === undefined ? undefined : Buffer.from(JSON.stringify(call.body))
  const type = upload?.type ?? (body && 'application/json')
  const length = upload?.bytes ?? body?.length
  const headers = {
    ...call.headers,
    ...(length === undefined ? {} : { 'content-length': length }),
    ...(type === undefined ? {} : { 'content-type': type }),
  }
  return within(call, open(call, headers), (request, resolve, reject) => {
    request.once('response', response => receive(response).then(resolve, reject))
    if (upload) pipeline(upload.open(), request).catch(reject)
    else request.end(body)
  })
}

/** A connection that both sides may write to from now on, and what had already arrived on it. */
export interface Upgraded {
  readonly socket: Duplex
  readonly head: Buffer
  readonly headers: IncomingMessage['headers']
}

/** Asks the server to speak something else on the connection; an answer instead of it is handed to `refused`. */
export function upgrade(
  call: Call,
  headers: OutgoingHttpHeaders,
  open: Open,
  refused: (reply: Reply) => Error,
): Promise<Upgraded> {
  return within(call, open(call, headers), (request, resolve, reject) => {
    request.once('upgrade', ({ headers }, socket, head) => resolve({ socket, head, headers }))
    request.once('response', response =>
      receive(response)
        .then(reply => reject(refused(reply)))
        .catch(reject),
    )
    request.end()
  })
}

/** Works with a request until it has settled, the deadline has passed or the caller has had enough. */
async function within<T>(
  { signal, timeout }: Call,
  request: ClientRequest,
  work: (request: ClientRequest, resolve: (value: T) => void, reject: (error: unknown) => void) => void,
): Promise<T> {
  const { promise, resolve, reject } = Promise.withResolvers<T>()
  const stop = () => request.destroy(new Error('aborted', { cause: signal.reason }))
  request.on('error', error => reject(place(error, request)))
  const timer = setTimeout(() => request.destroy(new DOMException(`${timeout} ms`, 'TimeoutError')), timeout)
  signal.addEventListener('abort', stop, { once: true })
  if (signal.aborted) stop()
  else work(request, resolve, reject)
  try {
    return await promise
  } finally {
    clearTimeout(timer)
    signal.removeEventListener('abort', stop)
    // A server may answer before it has heard all of an upload; the rest is not sent.
    if (!request.writableFinished) request.destroy()
  }
}

async function receive(response: IncomingMessage): Promise<Reply> {
  const body = await readAtMost(response, answerBytes)
  if (body === undefined) throw new TooLarge(`its answer is larger than ${answerBytes} bytes`)
  return { status: response.statusCode ?? 0, headers: response.headers, body }
}
