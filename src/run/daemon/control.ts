import { chmodSync, mkdirSync, rmSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import path from 'node:path'
import type { Json } from '../../core/json.ts'
import { shortSocketPath } from './socket-path.ts'

/** Milliseconds for a question to arrive. */
const requestMs = 5_000

const mostConnections = 32

/** Answers the commands of this machine. */
export interface Control {
  close(): Promise<void>
}

/**
 * Listens at a unix socket in a folder that its owner alone may enter, and answers how the daemon is. What is left of a
 * daemon that died is taken away, for its caller is the only one. Rejects when it can't listen.
 */
export async function openControl(socket: string, status: () => Json): Promise<Control> {
  const folder = path.dirname(socket)
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  chmodSync(folder, 0o700)
  rmSync(socket, { force: true })
  const server = createServer(
    { requestTimeout: requestMs, headersTimeout: requestMs, maxHeaderSize: 4 * 1024 },
    (request, response) => {
      const known = request.method === 'GET' && request.url === '/status'
      response.setHeader('connection', 'close')
      response.writeHead(known ? 200 : 404, { 'content-type': 'application/json' })
      response.end(known ? said(status) : '{}')
    },
  )
  server.maxConnections = mostConnections
  server.on('clientError', (_error, connection) => void connection.destroy())
  const short = shortSocketPath(socket)
  try {
    await listening(server, short.path)
  } catch (thrown) {
    short.close()
    throw thrown
  }
  return {
    close: () =>
      new Promise(resolve => {
        server.close(() => {
          short.close()
          resolve()
        })
        server.closeAllConnections()
      }),
  }
}

function said(status: () => Json): string {
  try {
    return JSON.stringify(status())
  } catch (thrown) {
    return JSON.stringify({ problem: (thrown as Error).message })
  }
}

function listening(server: Server, socket: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(socket, () => {
      server.off('error', reject)
      // Running out of descriptors while accepting must not end the daemon.
      server.on('error', () => {})
      chmodSync(socket, 0o600)
      resolve()
    })
  })
}
