import type { Client } from 'ssh2'
import type { Carrier, Hold } from './hold.ts'
import { keepAlive } from './keepalive.ts'

/** A session with a host that several channels share. */
export interface Connection {
  readonly client: Client
  /** Sessions in use; tunnels are not among them, since no host limits those. */
  readonly sessions: () => number
  readonly alive: () => boolean
  /** Whether another session fits, as far as the host has let us know. */
  readonly hasRoom: () => boolean
  /** Takes a place for a session or a tunnel; `release` gives it back, once. A tunnel may let go of the process. */
  take(tunnel: boolean): Place
  /** The host refused a session: what is open now is all that it allows. */
  full(): void
  /** The host granted one: perhaps it grants one more than we thought. */
  opened(): void
  /** Resolves when the connection is gone, whoever ended it. */
  readonly ended: Promise<void>
  /** Says goodbye and makes sure that the socket is gone. */
  end(): Promise<void>
}

/** A place on a connection, taken until it is released. */
export interface Place extends Hold {
  release(): void
}

interface ConnectionOptions {
  readonly carrier: Carrier
  readonly keepaliveInterval: number
  readonly keepaliveCount: number
  readonly maxSessions: number
  readonly idleTimeout: number
  /** Called when a place has become free. */
  readonly onRoom: () => void
}

/** A polite end that takes longer than this, in milliseconds, becomes an abrupt one. */
const farewell = 1_000

/** Watches over a connected client: counts its channels, ends it when nobody uses it, notices its end. */
export function createConnection(
  client: Client,
  { maxSessions, idleTimeout, onRoom, carrier, ...keepalive }: ConnectionOptions,
): Connection {
  let alive = true
  let sessions = 0
  let tunnels = 0
  let limit = maxSessions
  let idle: NodeJS.Timeout | undefined
  let users = 0
  const stopBeating = keepAlive(client, carrier, keepalive)
  const { promise: ended, resolve: gone } = Promise.withResolvers<void>()

  const end = async () => {
    clearTimeout(idle)
    alive = false
    // What is asked of a connection that is ending is an error of ours.
    stopBeating()
    carrier.ref()
    client.end()
    const timer = setTimeout(() => {
      // ssh2 destroys no socket that it has said goodbye on.
      carrier.destroy()
      // A session inside a tunnel that is gone has no socket left that could close.
      gone()
    }, farewell)
    await ended
    clearTimeout(timer)
  }
  const use = (by: 1 | -1) => {
    users += by
    if (users === 0 && alive) carrier.unref()
    if (users === 1 && by === 1) carrier.ref()
  }
  const rest = () => {
    idle = setTimeout(() => void end(), idleTimeout)
    idle.unref()
  }
  client.once('end', () => {
    alive = false
    stopBeating()
  })
  client.once('close', () => {
    alive = false
    clearTimeout(idle)
    stopBeating()
    gone()
  })
  // No error leaves a session that can be used; the close that follows tells whoever waits on a channel.
  client.on('error', () => void end())
  rest()
  carrier.unref()

  return {
    client,
    sessions: () => sessions,
    alive: () => alive,
    hasRoom: () => alive && sessions < Math.floor(limit),
    take(tunnel) {
      clearTimeout(idle)
      if (tunnel) tunnels++
      else sessions++
      let given = false
      let holding = true
      use(1)
      const letGo = () => {
        if (holding) use(-1)
        holding = false
      }
      return {
        ref() {
          if (!holding && !given) use(1)
          holding ||= !given
        },
        unref: letGo,
        release() {
          if (given) return
          given = true
          if (tunnel) tunnels--
          else sessions--
          letGo()
          if (sessions + tunnels === 0 && alive) rest()
          onRoom()
        },
      }
    },
    full() {
      limit = Math.max(1, Math.min(limit, sessions))
    },
    // sshd counts a session for a moment longer than we do, so a refusal may have said too little.
    opened() {
      limit = Math.min(maxSessions, limit + 1 / (4 * limit))
    },
    ended,
    end,
  }
}
