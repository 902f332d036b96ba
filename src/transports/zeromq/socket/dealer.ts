import { type Context, Dealer } from 'zeromq'
import type { KeyPair } from '../keys.ts'
import type { Wire, WireListener } from '../session/dial.ts'
import { reconnecting, shared } from './options.ts'
import { openOutbox } from './outbox.ts'

export interface DealerOptions {
  readonly context?: Context | undefined
  readonly url: string
  /** The CURVE key of what listens there. */
  readonly serverKey: string
  readonly keys: KeyPair
}

/** A socket that connects to one place, and again whenever the connection is lost. It gives up where its key is refused. */
export function openDealer({ context, url, serverKey, keys }: DealerOptions, listener: WireListener): Wire {
  const socket = new Dealer({
    ...(context === undefined ? {} : { context }),
    ...shared,
    ...reconnecting,
    // Nothing waits for a connection that is not there: what is sent then was meant for an earlier session.
    immediate: true,
    curveServerKey: serverKey,
    curvePublicKey: keys.publicKey,
    curveSecretKey: keys.secretKey,
  })
  const outbox = openOutbox({
    send: ([frame]) => socket.send(frame!),
    failed: (_to, code) => listener.onStalled(`it can't be sent to (${code})`),
  })
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
    // While we wait by ourselves, what libzmq says of the end of a connection says nothing new.
    if (held === undefined) listener.onDisconnected(why)
  }
  /** Whoever answers is not whom we look for: libzmq would try again at once and for ever. */
  const hold = (why: string) => {
    if (held !== undefined || socket.closed) return
    lost(why)
    socket.disconnect(url)
    held = setTimeout(connect, holdingPause(failures++))
  }
  events.on('handshake', () => {
    connected = true
    failures = 0
    listener.onConnected()
  })
  events.on('disconnect', () => lost('the connection was lost'))
  events.on('connect:retry', () => {
    if (!connected) lost(`nobody answers at ${url}`)
  })
  events.on('handshake:error:auth', () =>
    listener.onRefused(`${url} does not let this key in: have it added there`),
  )
  events.on('handshake:error:protocol', () =>
    hold(`what listens at ${url} does not speak ZeroMQ with CURVE, or has another key`),
  )
  events.on('handshake:error:other', () =>
    hold(`${url} ended the handshake: it may have another key than the one that is configured`),
  )
  const read = async () => {
    for await (const [frame, ...more] of socket)
      if (frame !== undefined && more.length === 0) listener.onFrame(frame)
  }
  read().catch(error => {
    if (!socket.closed) throw error
  })
  socket.connect(url)
  return {
    send: frame => connected && outbox.send('', [frame]),
    async close() {
      clearTimeout(held)
      outbox.close()
      if (!socket.closed) socket.close()
    },
  }
}

/** Milliseconds until somebody else is looked for there, doubled each time, between half and all of it by chance. */
function holdingPause(failures: number): number {
  const { reconnectInterval, reconnectMaxInterval } = reconnecting
  return Math.min(reconnectMaxInterval, 2 * reconnectInterval * 2 ** failures) * (0.5 + Math.random() / 2)
}
