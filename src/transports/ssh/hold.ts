import type { Client } from 'ssh2'

/**
 * What keeps the process from ending by itself. A connection that nobody uses lets go of it, so that a script ends
 * when its work is done, with warm connections left behind.
 */
export interface Hold {
  ref(): unknown
  unref(): unknown
}

/** What a session goes over: a socket, or a tunnel through another session. */
export interface Carrier extends Hold {
  destroy(): unknown
}

/** A session that is ready, and what carries it. */
export interface Connected {
  readonly client: Client
  readonly carrier: Carrier
}
