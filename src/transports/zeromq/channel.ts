/**
 * What the two ends of a session exchange: a JSON object and bytes that belong to it. A session is authenticated and
 * sealed from end to end, keeps the order, and loses nothing without saying so: either end hears when it is over.
 */
export interface Packet {
  readonly body: object
  readonly bytes?: Uint8Array | undefined
}

/** What a key may do: give work to the bridge, be a host's agent, or look. */
export const roles = ['submit', 'agent', 'read'] as const

export type Role = (typeof roles)[number]

/** Whom a key belongs to. An agent's name is its host's. */
export interface Identity {
  readonly name: string
  readonly role: Role
}

/** The far end of a session, as who accepted it sees it. */
export interface Peer {
  /** One for each session; who connects again is another peer. */
  readonly id: string
  /** Its public key, in Z85. */
  readonly key: string
  /** Absent for a stranger, who may only enrol. */
  readonly identity: Identity | undefined
  /** Milliseconds since the epoch. */
  readonly since: number
  /** False when it is gone or takes nothing any more; then it was dropped, and `onGone` says so. */
  send(packet: Packet): boolean
  /** Ends the session, telling why. */
  drop(why: string): void
}

/** What whoever accepts sessions does with them. */
export interface Reception {
  onPeer?(peer: Peer): void
  onPacket(peer: Peer, packet: Packet): void
  onGone?(peer: Peer, why: string): void
}

/** How a dialled session stands. `refused` is final: the far end does not want this key. */
export type ChannelState =
  | { readonly at: 'connecting'; readonly why?: string | undefined }
  | { readonly at: 'open' }
  | { readonly at: 'refused'; readonly why: string }
  | { readonly at: 'closed' }

/** A session that we dialled. It connects again by itself, with backoff and jitter, until it is closed or refused. */
export interface Channel {
  readonly state: ChannelState
  /** False unless it is open. What was sent on a session that ended may have arrived or not. */
  send(packet: Packet): boolean
  close(): Promise<void>
}

export interface ChannelListener {
  /** Every change of state; an `open` is a new session, on which the far end knows nothing of the one before. */
  onState?(state: ChannelState): void
  onPacket(packet: Packet): void
}
