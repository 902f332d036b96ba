import type { Context } from 'zeromq'
import type { Peer, Reception } from './channel.ts'
import type { KeyPair } from './keys.ts'
import { type Admission, acceptSessions, type SessionCounts, type Sessions } from './session/accept.ts'
import type { Purpose } from './session/greeting.ts'
import type { Timing } from './session/timing.ts'
import { joinRelay } from './socket/relayed.ts'
import { listenRouter } from './socket/router.ts'

interface Common {
  /** Its ZAP handler is asked for the domain that is the purpose. */
  readonly context: Context
  readonly keys: KeyPair
  readonly purpose: Purpose
  admit(key: string): Admission
  readonly timing?: Timing | undefined
}

/** Where sessions are accepted: at an endpoint of our own, or through a relay that we dial. Keys are Z85. */
export type ListenOptions = Common &
  ({ readonly endpoint: string } | { readonly relay: string; readonly relayKey: string })

/** A place where sessions are accepted. */
export interface Listener {
  /** Where it listens, with its port; the relay's address where there is one. */
  readonly endpoint: string
  /** Whether anybody can come: a relay may be away. */
  readonly connected: boolean
  readonly peers: readonly Peer[]
  readonly counts: SessionCounts
  /**
   * Asks of everybody again whether they are let in. Where somebody is not, every connection is ended, since libzmq ends
   * no single one; whoever may come is there again a moment later.
   */
  recheck(): Promise<number>
  close(why: string): Promise<void>
}

/** Accepts sessions. Throws `CannotListen` where the endpoint can't be bound. */
export async function listen(options: ListenOptions, reception: Reception): Promise<Listener> {
  const { context, keys, purpose, admit, timing } = options
  let sessions: Sessions | undefined
  const listener = {
    onFrame: (from: Buffer, bytes: Buffer) => sessions?.take(from, bytes),
    onGone: (address: Buffer, why: string) => sessions?.gone(address, why),
    onLost: (why: string) => sessions?.forget(why),
  }
  const link =
    'endpoint' in options
      ? await listenRouter({ context, endpoint: options.endpoint, keys, domain: purpose }, listener)
      : joinRelay({ context, url: options.relay, relayKey: options.relayKey, keys }, listener)
  const accepted = acceptSessions({ link, keys, purpose, admit, timing }, reception)
  sessions = accepted
  return {
    endpoint: link.endpoint,
    get connected() {
      return link.connected
    },
    get peers() {
      return accepted.peers
    },
    counts: accepted.counts,
    async recheck() {
      const dropped = accepted.recheck()
      if (dropped > 0 && link.restart !== undefined) {
        accepted.forget('every connection was ended because a key was revoked')
        await link.restart()
      }
      return dropped
    },
    async close(why) {
      accepted.close(why)
      await link.close()
    },
  }
}
