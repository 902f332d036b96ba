import { chmodSync, lstatSync, mkdirSync, rmSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import path from 'node:path'
import { ReopsError } from '../../core/errors.ts'
import type { Json } from '../../core/json.ts'

/** The socket's folder is somebody else's, or open to others. */
class SocketUnsafe extends ReopsError {
  override readonly name = 'SocketUnsafe'
}

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
  ownFolder(path.dirname(socket))
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
  await listening(server, socket)
  return {
    close: () =>
      new Promise(resolve => {
        server.close(() => resolve())
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

/** A folder in a place that is everybody's may have been made by somebody else before. */
function ownFolder(folder: string): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const { uid } = lstatSync(folder)
  if (!lstatSync(folder).isDirectory() || uid !== (process.getuid?.() ?? uid))
    throw new SocketUnsafe(
      `${folder} is to be the folder of a socket of ours, and is somebody else's; take it away`,
    )
  chmodSync(folder, 0o700)
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
