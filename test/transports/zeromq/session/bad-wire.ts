import type { Link } from '../../../../src/transports/zeromq/session/accept.ts'
import type { Wire, WireListener } from '../../../../src/transports/zeromq/session/dial.ts'

/** What happens to a frame on its way. */
export type Mishap = 'arrives' | 'lost' | 'twice' | 'late' | 'spoiled' | 'cut short' | 'grown'

/** A wire in memory between one who dials and one who accepts, on which frames meet mishaps in the order of a list. */
export interface BadWire {
  readonly link: Link
  openWire(listener: WireListener): Wire
  /** What the accepting side hears. */
  onFrame: (from: Buffer, bytes: Buffer) => void
  connect(): void
  disconnect(): void
  /** Gives over everything that is under way; answers whether there was something. */
  deliver(): boolean
  mishaps: Mishap[]
  /** Every frame that was sent, as a relay sees it. */
  readonly seen: Buffer[]
}

export const address = Buffer.of(0, 1, 2, 3, 4)

export function openBadWire(): BadWire {
  let listener: WireListener | undefined
  let connected = false
  let under: { readonly to: 'far' | 'near'; readonly bytes: Buffer }[] = []
  const held: typeof under = []
  const seen: Buffer[] = []
  const put = (to: 'far' | 'near', frame: Buffer): boolean => {
    if (!connected) return false
    seen.push(frame)
    const item = { to, bytes: Buffer.from(frame) }
    const mishap = wire.mishaps.shift() ?? 'arrives'
    if (mishap === 'lost') return true
    if (mishap === 'late') return held.push(item) > 0
    if (mishap === 'spoiled') item.bytes[item.bytes.length - 1]! ^= 1
    if (mishap === 'cut short') item.bytes = item.bytes.subarray(0, item.bytes.length >> 1)
    if (mishap === 'grown') item.bytes = Buffer.concat([item.bytes, Buffer.of(7)])
    under.push(item)
    if (mishap === 'twice') under.push(item)
    return true
  }
  const wire: BadWire = {
    mishaps: [],
    seen,
    // Somebody at another address hears what is meant for it.
    link: { send: (to, frame) => !to.equals(address) || put('near', frame) },
    openWire(own) {
      listener = own
      return { send: frame => put('far', frame), close: async () => {} }
    },
    onFrame: () => {},
    connect() {
      connected = true
      listener?.onConnected()
    },
    disconnect() {
      connected = false
      under = []
      held.length = 0
      listener?.onDisconnected('cut')
    },
    deliver() {
      const now = [...under, ...held.splice(0)]
      under = []
      for (const { to, bytes } of now) {
        if (to === 'far') wire.onFrame(address, bytes)
        else listener?.onFrame(bytes)
      }
      return now.length > 0
    },
  }
  return wire
}
