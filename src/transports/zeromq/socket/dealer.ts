import { type Context, Dealer } from 'zeromq'
import type { KeyPair } from '../keys.ts'
import type { Wire, WireListener } from '../session/dial.ts'
import { keepConnected } from './keep-connected.ts'
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
  const connection = keepConnected(socket, url, {
    onConnected: () => listener.onConnected(),
    onLost: why => listener.onDisconnected(why),
    onRefused: why => listener.onRefused(why),
  })
  const read = async () => {
    for await (const [frame, ...more] of socket)
      if (frame !== undefined && more.length === 0) listener.onFrame(frame)
  }
  read().catch(error => {
    if (!socket.closed) throw error
  })
  return {
    send: frame => connection.connected && outbox.send('', [frame]),
    async close() {
      connection.stop()
      outbox.close()
      if (!socket.closed) socket.close()
    },
  }
}
