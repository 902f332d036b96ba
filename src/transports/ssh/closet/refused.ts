import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import { ClosetError } from './errors.ts'

/** A loopback port on which every connection is refused until it is closed. */
export interface RefusedPort {
  readonly port: number
  close(): void
}

const attempts = 3
const deadline = 2_000

/**
 * Holds a port that refuses. A listener accepts one connection, ours, and stops listening: the connection
 * that stays keeps the port taken, so the system gives it to nobody else, and nothing answers on it. That it
 * refuses is tried before it is handed out.
 *
 * @throws ClosetError when something answers on the port all the same.
 * @example
 * const { port, close } = await holdRefusedPort()
 */
export async function holdRefusedPort(): Promise<RefusedPort> {
  for (let attempt = 0; attempt < attempts; attempt++) {
    const held = await hold()
    if (await isRefused(held.port)) return held
    held.close()
  }
  throw new ClosetError(
    'A port that should refuse connections answers. Look for a proxy that takes every loopback port.',
  )
}

async function hold(): Promise<RefusedPort> {
  const server = createServer()
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  const near = connect(port, '127.0.0.1')
  const [[far]] = (await Promise.all([once(server, 'connection'), once(near, 'connect')])) as [
    [Socket],
    unknown,
  ]
  server.close()
  for (const end of [near, far]) end.on('error', () => end.destroy())
  return { port, close: () => [near, far].forEach(end => void end.destroy()) }
}

function isRefused(port: number): Promise<boolean> {
  return new Promise(resolve => {
    const probe = connect({ port, host: '127.0.0.1', timeout: deadline })
    const settle = (refused: boolean) => {
      probe.destroy()
      resolve(refused)
    }
    probe.once('connect', () => settle(false))
    probe.once('timeout', () => settle(false))
    probe.once('error', (error: NodeJS.ErrnoException) => settle(error.code === 'ECONNREFUSED'))
  })
}
