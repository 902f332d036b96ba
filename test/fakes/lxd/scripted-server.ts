import { mkdtemp, rm } from 'node:fs/promises'
import http from 'node:http'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { Duplex } from 'node:stream'

/** A request as the server got it. */
export interface Request {
  readonly method: string
  readonly url: string
}

export interface ScriptedServer {
  readonly socket: string
  /** Every request so far. */
  readonly requests: Request[]
  stop(): Promise<void>
}

export interface Script {
  /** Answers a request, or does with it what no real server does. */
  readonly answer?: (request: Request, response: http.ServerResponse) => void
  /** Takes a connection over. */
  readonly upgrade?: (request: http.IncomingMessage, socket: Duplex) => void
}

/** A server on a unix socket that answers as a test says: for what a real LXD does only when it is broken. */
export async function startScripted({ answer, upgrade }: Script): Promise<ScriptedServer> {
  const folder = await mkdtemp(path.join(tmpdir(), 'reops-scripted-'))
  const socket = path.join(folder, 'unix.socket')
  const requests: Request[] = []
  const open = new Set<Duplex>()
  const server = http.createServer((incoming, response) => {
    const request = { method: incoming.method ?? '', url: incoming.url ?? '' }
    requests.push(request)
    incoming.resume()
    answer?.(request, response)
  })
  server.on('connection', each => {
    open.add(each)
    each.on('close', () => open.delete(each))
    each.on('error', () => each.destroy())
  })
  server.on('upgrade', (request, socket) => upgrade?.(request, socket))
  await new Promise<void>(resolve => server.listen(socket, resolve))
  return {
    socket,
    requests,
    async stop() {
      for (const each of open) each.destroy()
      await new Promise<void>(resolve => server.close(() => resolve()))
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/** An answer as LXD wraps it. */
export function sync(metadata: unknown): string {
  return JSON.stringify({ type: 'sync', status_code: 200, metadata })
}

/** An operation that goes on, or has ended with this status. */
export function operation(id: string, told: Record<string, unknown> = {}): Record<string, unknown> {
  return { id, status_code: 103, may_cancel: false, err: '', metadata: null, ...told }
}

/** The answer to what the server does in the background. */
export function started(operation: Record<string, unknown>): string {
  return JSON.stringify({ type: 'async', status_code: 100, operation: '', metadata: operation })
}
