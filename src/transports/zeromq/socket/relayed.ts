import { type Context, Dealer } from 'zeromq'
import type { KeyPair } from '../keys.ts'
import { keepConnected } from './keep-connected.ts'
import { reconnecting, shared } from './options.ts'
import { openOutbox } from './outbox.ts'
import type { LinkListener, ServerLink } from './router.ts'

export interface RelayedOptions {
  readonly context: Context
  /** The relay's side for bridges. */
  readonly url: string
  /** The CURVE key of the relay, in Z85. */
  readonly relayKey: string
  readonly keys: KeyPair
}

/** A link through a relay that we dial: it gives every frame the address of who sent it, and takes ours back by it. */
export function joinRelay(
  { context, url, relayKey, keys }: RelayedOptions,
  listener: LinkListener & {
    /** The relay is away, and everybody behind it. */
    onLost(why: string): void
  },
): ServerLink {
  const socket = new Dealer({
    context,
    ...shared,
    ...reconnecting,
    immediate: true,
    curveServerKey: relayKey,
    curvePublicKey: keys.publicKey,
    curveSecretKey: keys.secretKey,
  })
  // To the relay they are all one receiver, which takes what is for anybody or nothing.
  const outbox = openOutbox({
    send: parts => socket.send([...parts]),
    failed: (_to, code) => listener.onLost(`the relay takes nothing (${code})`),
  })
  const connection = keepConnected(socket, url, {
    onConnected() {},
    onLost: () => listener.onLost('the relay was lost'),
    // Somebody may add it there; until then nobody comes, which the bridge says of itself.
    onRefused() {},
  })
  const read = async () => {
    for await (const [from, frame, ...more] of socket)
      if (from !== undefined) listener.onFrame(from, more.length > 0 || !frame ? Buffer.alloc(0) : frame)
  }
  read().catch(error => {
    if (!socket.closed) throw error
  })
  return {
    endpoint: url,
    get connected() {
      return connection.connected
    },
    send: (to, frame) => connection.connected && outbox.send('', [to, frame]),
    async close() {
      connection.stop()
      outbox.close()
      if (!socket.closed) socket.close()
    },
  }
}
