/**
 * One SSH host on loopback. What this file keeps true:
 *
 * 1. It listens on 127.0.0.1 only, and nobody stays connected without logging in within the deadline.
 * 2. Connections, and sessions on each, are bounded as sshd bounds them.
 * 3. When a connection is lost, for whatever reason, its commands are ended.
 * 4. After `close` no socket is open and no file handle is held.
 */
import { once } from 'node:events'
import { createServer, type Socket } from 'node:net'
import ssh2, { type Connection } from 'ssh2'
import { type Authorized, guardConnection } from './auth.ts'
import { type SessionHost, serveSession } from './session.ts'

const loginDeadline = 20_000
const maxConnections = 128
/** sshd's own default for MaxSessions. */
const maxSessions = 10

export interface HostServerOptions extends Omit<SessionHost, 'tasks'> {
  /** The host's private key, in OpenSSH's format. */
  readonly hostKey: string
  readonly authorized: Authorized
}

export interface HostServer {
  readonly port: number
  close(): Promise<void>
}

/**
 * Starts a host on a free loopback port.
 *
 * @throws the system's own error when it can't listen.
 */
export async function serveHost(options: HostServerOptions): Promise<HostServer> {
  const host: SessionHost = { ...options, tasks: new Set() }
  const sockets = new Map<number, Guest>()
  const ssh = new ssh2.Server(
    {
      hostKeys: [options.hostKey],
      ident: 'ReopsCloset',
      algorithms: { kex: ['curve25519-sha256', 'ecdh-sha2-nistp256'] },
    },
    (connection, { port }) => {
      const guest = sockets.get(port)
      if (guest) serveConnection(connection, guest, options.authorized, host)
    },
  )
  const listener = createServer({ noDelay: true }, socket => {
    const { remotePort } = socket
    if (remotePort === undefined || sockets.size >= maxConnections) return void socket.destroy()
    const timer = setTimeout(() => socket.destroy(), loginDeadline)
    sockets.set(remotePort, { socket, timer })
    socket.once('close', () => {
      clearTimeout(timer)
      sockets.delete(remotePort)
    })
    ssh.injectSocket(socket)
  })
  listener.listen(0, '127.0.0.1')
  await once(listener, 'listening')

  return {
    port: (listener.address() as { port: number }).port,
    close: async () => {
      const closed = once(listener, 'close')
      listener.close()
      for (const { socket } of sockets.values()) socket.destroy()
      await closed
      await Promise.all(host.tasks)
    },
  }
}

/** A connected client, and the timer that shows it out unless it logs in. */
interface Guest {
  readonly socket: Socket
  readonly timer: NodeJS.Timeout
}

function serveConnection(
  connection: Connection,
  guest: Guest,
  authorized: Authorized,
  host: SessionHost,
): void {
  const sessions = new Set<() => void>()
  guardConnection(connection, authorized)
  // Whatever goes wrong on a connection is the client's doing, and ends that connection alone.
  connection.on('error', () => guest.socket.destroy())
  connection.on('close', () => {
    for (const hangUp of sessions) hangUp()
  })
  connection.on('ready', () => clearTimeout(guest.timer))
  connection.on('session', (accept, reject) => {
    if (sessions.size >= maxSessions) return reject()
    const session = accept()
    const hangUp = serveSession(session, host)
    sessions.add(hangUp)
    session.on('close', () => sessions.delete(hangUp))
  })
}
