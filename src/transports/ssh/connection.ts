import type { Client } from 'ssh2'

/** A session with a host that several channels share. */
export interface Connection {
  readonly client: Client
  /** Sessions in use; tunnels are not among them, since no host limits those. */
  readonly sessions: () => number
  readonly alive: () => boolean
  /** Whether another session fits, as far as the host has let us know. */
  readonly hasRoom: () => boolean
  /** Takes a place for a session or a tunnel; the answer gives it back, once. */
  take(tunnel: boolean): () => void
  /** The host refused a session: what is open now is all that it allows. */
  full(): void
  /** The host granted one: perhaps it grants one more than we thought. */
  opened(): void
  /** Resolves when the connection is gone, whoever ended it. */
  readonly ended: Promise<void>
  /** Says goodbye and makes sure that the socket is gone. */
  end(): Promise<void>
}

interface ConnectionOptions {
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
  { maxSessions, idleTimeout, onRoom }: ConnectionOptions,
): Connection {
  let alive = true
  let sessions = 0
  let tunnels = 0
  let limit = maxSessions
  let idle: NodeJS.Timeout | undefined
  const { promise: ended, resolve: gone } = Promise.withResolvers<void>()

  const end = async () => {
    clearTimeout(idle)
    alive = false
    client.end()
    const timer = setTimeout(() => {
      client.destroy()
      // A session inside a tunnel that is gone has no socket left that could close.
      gone()
    }, farewell)
    await ended
    clearTimeout(timer)
  }
  const rest = () => {
    idle = setTimeout(() => void end(), idleTimeout)
    idle.unref()
  }
  client.once('end', () => {
    alive = false
  })
  client.once('close', () => {
    alive = false
    clearTimeout(idle)
    gone()
  })
  // No error leaves a session that can be used; the close that follows tells whoever waits on a channel.
  client.on('error', () => void end())
  rest()

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
      return () => {
        if (given) return
        given = true
        if (tunnel) tunnels--
        else sessions--
        if (sessions + tunnels === 0 && alive) rest()
        onRoom()
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
