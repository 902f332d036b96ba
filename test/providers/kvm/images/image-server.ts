import http from 'node:http'
import type { AddressInfo, Socket } from 'node:net'

/** A request as a test's script sees it; `count` starts at 1. */
export interface Asked {
  readonly count: number
  readonly path: string
  readonly headers: http.IncomingHttpHeaders
}

export type Script = (asked: Asked, response: http.ServerResponse) => void

export interface ImageServer extends AsyncDisposable {
  readonly url: string
  /** Every request so far. */
  readonly asked: readonly Asked[]
  /** Ends every connection, as a network does that goes away. */
  cut(): void
}

/** A web server on loopback that does what its script says, faults included. */
export async function serve(script: Script): Promise<ImageServer> {
  const asked: Asked[] = []
  const sockets = new Set<Socket>()
  const server = http.createServer((request, response) => {
    const one = { count: asked.length + 1, path: request.url ?? '/', headers: request.headers }
    asked.push(one)
    script(one, response)
  })
  server.on('connection', socket => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
  })
  const cut = () => {
    for (const socket of sockets) socket.destroy()
  }
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    cut,
    async [Symbol.asyncDispose]() {
      cut()
      await new Promise(resolve => server.close(resolve))
    },
  }
}

export interface FileOptions {
  readonly etag?: string | undefined
  /** Ends the connection after so many bytes of the body. */
  readonly cutAfter?: number | undefined
  /** Stops sending there, and keeps the connection. */
  readonly stallAfter?: number | undefined
}

/** Sends a file as a sound server does: with ranges, with conditions, and with a tag where one is given. */
export function sendFile(
  { headers }: Asked,
  response: http.ServerResponse,
  file: Buffer,
  options: FileOptions = {},
) {
  const { etag, cutAfter, stallAfter } = options
  if (etag !== undefined) response.setHeader('etag', etag)
  if (etag !== undefined && headers['if-none-match'] === etag) return response.writeHead(304).end()
  const asks = /^bytes=(\d+)-$/.exec(headers.range ?? '')
  const from = asks && headers['if-range'] === etag ? Number(asks[1]) : 0
  if (asks && from >= file.length && from > 0) return response.writeHead(416).end()
  const body = file.subarray(from)
  response.setHeader('content-length', body.length)
  if (from > 0) response.setHeader('content-range', `bytes ${from}-${file.length - 1}/${file.length}`)
  response.writeHead(from > 0 ? 206 : 200)
  const stop = cutAfter ?? stallAfter
  if (stop === undefined || stop >= body.length) return response.end(body)
  return response.write(body.subarray(0, stop), () => {
    if (cutAfter !== undefined) response.socket?.destroySoon()
  })
}
