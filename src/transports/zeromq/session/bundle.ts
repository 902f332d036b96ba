import type { Packet } from '../channel.ts'
import { encodePacket, mostPackets } from './content.ts'

/** Bytes of packets that go together; a larger one goes alone. */
const mostTogether = 64 * 1024

/** Puts packets together that are sent in one moment: sealing and sending cost far more than what most of them say. */
export interface Bundle {
  /** Throws for what is too large. False where nothing is taken any more, as far as is known by then. */
  add(packet: Packet): boolean
  /** Sends what was added, before anything else is said. */
  flush(): boolean
}

/** `send` is called with packets when the work at hand is done, before anything else happens, or earlier. */
export function openBundle(send: (packets: readonly Buffer[]) => boolean): Bundle {
  let waiting: Buffer[] = []
  let length = 0
  const flush = () => {
    if (waiting.length === 0) return true
    const packets = waiting
    waiting = []
    length = 0
    return send(packets)
  }
  return {
    add(packet) {
      const encoded = encodePacket(packet)
      const full = length + encoded.length > mostTogether || waiting.length === mostPackets
      if (full && !flush()) return false
      if (waiting.length === 0) queueMicrotask(flush)
      waiting.push(encoded)
      length += encoded.length
      return true
    },
    flush,
  }
}
