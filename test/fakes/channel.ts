import { randomUUID } from 'node:crypto'
import type {
  Channel,
  ChannelListener,
  ChannelState,
  Identity,
  Packet,
  Peer,
  Reception,
} from '../../src/transports/zeromq/channel.ts'

/** A session in memory between whoever accepts and whoever dials. Packets arrive in later turns, copied, as by a wire. */
export interface Line {
  readonly channel: Channel
  readonly peer: Peer
  /** Cuts it: packets under way are lost. `reconnect` makes the next session, with another peer. */
  cut(why?: string): void
  reconnect(): Peer
}

export function openLine(
  reception: Reception,
  listener: ChannelListener,
  identity: Identity | undefined,
  key = `${identity?.name ?? 'stranger'}${'x'.repeat(40)}`.slice(0, 40),
): Line {
  let state: ChannelState = { at: 'connecting' }
  let session: { readonly peer: Peer; live: boolean } | undefined
  const move = (to: ChannelState) => {
    state = to
    listener.onState?.(to)
  }
  const carry = (packet: Packet): Packet => ({
    body: JSON.parse(JSON.stringify(packet.body)) as object,
    ...(packet.bytes === undefined ? {} : { bytes: Uint8Array.from(packet.bytes) }),
  })
  const later = (own: { live: boolean }, act: () => void) => setImmediate(() => own.live && act())
  const open = (): Peer => {
    const own = { live: true } as { peer: Peer; live: boolean }
    const end = (why: string, to: ChannelState) => {
      if (!own.live) return
      own.live = false
      session = undefined
      reception.onGone?.(own.peer, why)
      move(to)
    }
    own.peer = {
      id: randomUUID(),
      key,
      identity,
      since: Date.now(),
      send: packet => {
        if (!own.live) return false
        const carried = carry(packet)
        later(own, () => listener.onPacket(carried))
        return true
      },
      drop: why => end(why, { at: 'refused', why }),
    }
    session = own
    cutNow = why => end(why, { at: 'connecting', why })
    move({ at: 'open' })
    reception.onPeer?.(own.peer)
    return own.peer
  }
  let cutNow: (why: string) => void = () => {}
  open()
  return {
    get peer() {
      if (session === undefined) throw new Error('the line is cut')
      return session.peer
    },
    channel: {
      get state() {
        return state
      },
      send: packet => {
        const own = session
        if (own === undefined) return false
        const carried = carry(packet)
        later(own, () => reception.onPacket(own.peer, carried))
        return true
      },
      close: async () => {
        cutNow('closed')
        move({ at: 'closed' })
      },
    },
    cut: (why = 'cut') => cutNow(why),
    reconnect: open,
  }
}
