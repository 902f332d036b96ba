import { Context, Dealer, Router, Proxy as SteerableProxy } from 'zeromq'
import type { KeyPair } from './keys.ts'
import { shared } from './socket/options.ts'
import { CannotListen } from './socket/router.ts'
import { openZap } from './socket/zap.ts'

/** The domains by which the ZAP handler of a relay tells its two sides apart. */
export const relayDomains = { submitters: 'relay-submitters', bridge: 'relay-bridge' } as const

export interface RelayOptions {
  /** Where submitters come, such as `tcp://*:5762`. */
  readonly front: string
  /** Where the bridge comes, such as `tcp://*:5764`. */
  readonly back: string
  readonly keys: KeyPair
  /** Whether a key may come to a side. */
  admit(side: keyof typeof relayDomains, key: string): boolean
}

export interface Relay {
  readonly front: string
  readonly back: string
  /** How many connections were let in and refused. */
  readonly counts: { readonly admitted: number; readonly refused: number }
  /** Resolves when it was closed; rejects when it broke. */
  readonly ended: Promise<void>
  close(): Promise<void>
}

/**
 * Carries frames between submitters and one bridge that can't be reached itself: libzmq's own proxy between two sockets,
 * CURVE on both. What it carries is sealed between the ends, so that it can delay and drop, and neither read nor forge.
 * Throws `CannotListen`.
 */
export async function openRelay({ front, back, keys, admit }: RelayOptions): Promise<Relay> {
  const context = new Context()
  const sides = Object.entries(relayDomains) as [keyof typeof relayDomains, string][]
  const zap = await openZap(context, (domain, key) =>
    sides.some(([side, name]) => name === domain && admit(side, key)),
  )
  const server = {
    ...shared,
    context,
    curveServer: true,
    curveSecretKey: keys.secretKey,
    zapEnforceDomain: true,
  }
  const submitters = new Router({ ...server, backlog: 1_024, zapDomain: relayDomains.submitters })
  const bridge = new Dealer({ ...server, immediate: true, zapDomain: relayDomains.bridge })
  try {
    await submitters.bind(front)
    await bridge.bind(back)
  } catch (cause) {
    for (const socket of [submitters, bridge, zap]) socket.close()
    throw new CannotListen(
      `the relay can't listen at ${front} and ${back}: ${cause instanceof Error ? cause.message : String(cause)}; see what has the ports, or configure others`,
      { cause },
    )
  }
  const places = { front: submitters.lastEndpoint ?? front, back: bridge.lastEndpoint ?? back }
  const proxy = new SteerableProxy(submitters, bridge)
  const ended = proxy.run()
  ended.catch(() => {})
  let closed = false
  return {
    ...places,
    counts: zap.counts,
    ended,
    async close() {
      if (closed) return
      closed = true
      proxy.terminate()
      await ended.catch(() => {})
      for (const socket of [submitters, bridge]) if (!socket.closed) socket.close()
      zap.close()
    },
  }
}
