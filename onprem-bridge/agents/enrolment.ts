import { oneLine } from '../../src/core/one-line.ts'
import type { FromAgent, ToAgent } from '../../src/transports/zeromq/agent-messages.ts'
import type { Peer } from '../../src/transports/zeromq/channel.ts'

/** Binds a key to a host by a one-time token. Implemented on the keyring. */
export interface Enrolment {
  /** `enrolled`, once that is durable; or why not, in words that tell a stranger nothing of other hosts. */
  enrol(host: string, token: string, key: string): Promise<'enrolled' | { readonly refused: string }>
}

/** Who the peers of an endpoint are, strangers included. */
export interface Enrolments {
  /** The host that a peer is the agent of: by the identity of its key, or because it has enrolled on this session. */
  hostOf(peer: Peer): string | undefined
  enrol(peer: Peer, message: Extract<FromAgent, { kind: 'enrol' }>): void
  /** Forgets a peer; answers whom it was the agent of. */
  gone(peer: Peer): string | undefined
}

/** A stranger that guesses is not let guess for long. */
const mostTries = 3

/** Enrolments under way at once; each writes the keyring. */
const mostAtOnce = 64

/** Opens the enrolments of one endpoint. */
export function openEnrolments(
  port: Enrolment,
  tell: {
    readonly onEnrolled: (peer: Peer, host: string) => void
    readonly onRefused: (peer: Peer, host: string, why: string) => void
  },
): Enrolments {
  const fresh = new Map<string, string>()
  const tries = new Map<string, number>()
  const left = new WeakSet<Peer>()
  let working = 0
  const hostOf = (peer: Peer) => (peer.identity?.role === 'agent' ? peer.identity.name : fresh.get(peer.id))

  const say = (peer: Peer, message: ToAgent) => peer.send({ body: message })
  const refuse = (peer: Peer, host: string, why: string) => {
    tell.onRefused(peer, oneLine(host, 100), why)
    say(peer, { kind: 'refused', error: 'token', message: why })
    if ((tries.get(peer.id) ?? 0) >= mostTries) peer.drop('it tried too often to enrol')
  }
  const redeem = async (
    peer: Peer,
    { host, token }: Extract<FromAgent, { kind: 'enrol' }>,
  ): Promise<void> => {
    working++
    try {
      const answer = await port.enrol(host, token, peer.key)
      if (answer !== 'enrolled') return refuse(peer, host, answer.refused)
      if (!left.has(peer)) fresh.set(peer.id, host)
      tell.onEnrolled(peer, host)
      say(peer, { kind: 'enrolled', host })
    } catch {
      // The keyring could not be written; its own words are not a stranger's business.
      refuse(peer, host, 'the bridge could not enrol it now; try again later')
    } finally {
      working--
    }
  }
  return {
    hostOf,
    enrol(peer, message) {
      const host = hostOf(peer)
      // It enrolled before and did not hear of it, or could not write it down.
      if (host !== undefined) {
        if (host === message.host) say(peer, { kind: 'enrolled', host })
        else refuse(peer, message.host, `this key is the agent's of ${host} already`)
        return
      }
      tries.set(peer.id, (tries.get(peer.id) ?? 0) + 1)
      if ((tries.get(peer.id) ?? 0) > mostTries) return peer.drop('it tried too often to enrol')
      if (working >= mostAtOnce) return refuse(peer, message.host, 'too many enrol at once; try again later')
      void redeem(peer, message)
    },
    gone(peer) {
      const host = hostOf(peer)
      left.add(peer)
      fresh.delete(peer.id)
      tries.delete(peer.id)
      return host
    },
  }
}
