import { fileURLToPath } from 'node:url'
import { Dealer } from 'zeromq'
import { type KeyPair, makeKeyPair } from '../../../src/transports/zeromq/keys.ts'
import { startNode } from './process.ts'

const router = fileURLToPath(new URL('echo-router.ts', import.meta.url))
const dealer = fileURLToPath(new URL('echo-dealer.ts', import.meta.url))

/** What the processes of an echo are told. */
export interface EchoOptions {
  readonly url: string
  readonly server: KeyPair
  readonly client: KeyPair
}

/** ZeroMQ alone: frames there and back over CURVE, by other processes. */
export interface Echo {
  roundTrip(bytes: Buffer): Promise<void>
  close(): Promise<void>
}

/**
 * Starts an echo. With one hop a router answers; with two it hands what comes to a dealer in a third process, as a bridge
 * does to an agent, and its answer back.
 */
export async function openEcho(hops: 1 | 2): Promise<Echo> {
  const [server, client] = [makeKeyPair(), makeKeyPair()]
  const tell = (url: string) => ({
    REOPS_BENCH_ECHO: JSON.stringify({ url, server, client } satisfies EchoOptions),
  })
  const far = startNode([router, `${hops}`], tell(''))
  const [, front = '', back = ''] = await far.said(/front (\S+) back (\S+)/)
  const agent = hops === 2 ? startNode([dealer], tell(back)) : undefined
  await agent?.said(/connected/)
  const socket = new Dealer({
    curveServerKey: server.publicKey,
    curvePublicKey: client.publicKey,
    curveSecretKey: client.secretKey,
    linger: 0,
  })
  socket.connect(front)
  return {
    async roundTrip(bytes) {
      await socket.send(bytes)
      const [answer] = await socket.receive()
      if (answer?.length !== bytes.length) throw new Error('the echo is another')
    },
    async close() {
      socket.close()
      await Promise.all([far.stop(), agent?.stop()])
    },
  }
}
