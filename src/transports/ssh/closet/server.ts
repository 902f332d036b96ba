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
/** Milliseconds that a client may take to hang up when its connection is over, and when the whole closet is. */
const partingDeadline = 2_000
const closingDeadline = 300
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
    const guest: Guest = { socket, timer: undefined }
    sockets.set(remotePort, guest)
    showOutAfter(guest, loginDeadline)
    socket.once('close', () => {
      clearTimeout(guest.timer)
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
      for (const guest of sockets.values()) part(guest, closingDeadline)
      await closed
      await Promise.all(host.tasks)
    },
  }
}

/** A connected client, and the timer that shows it out, first unless it logs in and then unless it leaves. */
interface Guest {
  readonly socket: Socket
  timer: NodeJS.Timeout | undefined
}

function showOutAfter(guest: Guest, ms: number): void {
  clearTimeout(guest.timer)
  guest.timer = setTimeout(() => guest.socket.destroy(), ms)
}

/** Ends a connection as both ends expect it, since a reset would reach the client as an error. */
function part(guest: Guest, ms: number): void {
  guest.socket.end()
  showOutAfter(guest, ms)
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
  connection.on('error', () => part(guest, partingDeadline))
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
