import type { Dealer } from 'zeromq'
import { reconnecting } from './options.ts'

/** What is told of a connection that is kept. */
export interface ConnectionListener {
  onConnected(): void
  onLost(why: string): void
  /** The far end does not let our key in. It is tried again all the same, unless this closes the socket. */
  onRefused(why: string): void
}

/** A connection that is made again whenever it was lost, until its socket is closed. */
export interface KeptConnection {
  readonly connected: boolean
  /** Tries no more. Before the socket is closed. */
  stop(): void
}

/**
 * Connects a socket to one place and keeps it there. libzmq itself connects again after some ends of a connection, and
 * never after others: one whose far end breaks the protocol, or sends more than is taken, it leaves for good. So that
 * nobody in the middle can part two ends for ever by one bad byte, each end is the beginning of another try here, after
 * a pause that grows until a handshake succeeds.
 */
export function keepConnected(socket: Dealer, url: string, listener: ConnectionListener): KeptConnection {
  let connected = false
  let failures = 0
  let held: NodeJS.Timeout | undefined
  const { events } = socket
  const connect = () => {
    held = undefined
    if (!socket.closed) socket.connect(url)
  }
  const lost = (why: string) => {
    connected = false
    listener.onLost(why)
  }
  /** Gives the connection up and waits. While we do, what libzmq says of its end says nothing new. */
  const hold = (why: string) => {
    if (held !== undefined || socket.closed) return
    lost(why)
    if (socket.closed) return
    socket.disconnect(url)
    held = setTimeout(connect, holdingPause(failures++))
  }
  events.on('handshake', () => {
    connected = true
    failures = 0
    listener.onConnected()
  })
  events.on('disconnect', () => hold('the connection was lost'))
  // Nobody is there: this libzmq goes on with by itself.
  events.on('connect:retry', () => {
    if (!connected && held === undefined) lost(`nobody answers at ${url}`)
  })
  events.on('handshake:error:auth', () => {
    const why = `${url} does not let this key in: have it added there`
    listener.onRefused(why)
    hold(why)
  })
  events.on('handshake:error:protocol', () =>
    hold(`what listens at ${url} does not speak ZeroMQ with CURVE, or has another key`),
  )
  events.on('handshake:error:other', () =>
    hold(`${url} ended the handshake: it may have another key than the one that is configured`),
  )
  socket.connect(url)
  return {
    get connected() {
      return connected
    },
    stop() {
      connected = false
      clearTimeout(held)
    },
  }
}

/** Milliseconds until somebody is looked for there again, doubled each time, between half and all of it by chance. */
function holdingPause(failures: number): number {
  const { reconnectInterval, reconnectMaxInterval } = reconnecting
  return (
    Math.min(reconnectMaxInterval, 2 * reconnectInterval * 2 ** Math.min(failures, 16)) *
    (0.5 + Math.random() / 2)
  )
}
