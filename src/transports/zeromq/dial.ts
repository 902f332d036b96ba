import type { Context } from 'zeromq'
import type { Channel, ChannelListener } from './channel.ts'
import type { KeyPair } from './keys.ts'
import { dialSession } from './session/dial.ts'
import type { Purpose } from './session/greeting.ts'
import type { Timing } from './session/timing.ts'
import { openDealer } from './socket/dealer.ts'

/** Where to dial, whom to expect there, and who we are. Keys are Z85. */
export interface DialOptions {
  /** `tcp://closet.example:5760`: the bridge, or the relay that both dial. */
  readonly url: string
  /** The CURVE key of what listens at `url`. */
  readonly serverKey: string
  /** The key of the bridge itself: the same, but for a relay. */
  readonly farKey: string
  readonly keys: KeyPair
  readonly purpose: Purpose
  readonly timing?: Timing | undefined
  readonly context?: Context | undefined
}

/**
 * Dials a bridge and holds a session with it, over CURVE and sealed from end to end, until it is closed or refused. It is
 * there at once and `connecting`.
 *
 * @example
 * const channel = dial({ url: 'tcp://closet:5760', serverKey, farKey: serverKey, keys, purpose: 'jobs' }, { onPacket })
 */
export function dial(options: DialOptions, listener: ChannelListener): Channel {
  const { url, serverKey, context, ...session } = options
  const { keys } = session
  return dialSession(
    { ...session, openWire: own => openDealer({ url, serverKey, keys, context }, own) },
    listener,
  )
}
