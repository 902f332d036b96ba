import { ReopsError } from '../../../core/errors.ts'
import { isRecord } from '../../../core/json.ts'
import type { Packet } from '../channel.ts'

/** What a sealed message says: something for whoever uses the session, or a word between the two ends of it. */
export type Content =
  | { readonly type: 'packet'; readonly packet: Packet }
  | { readonly type: 'ping' }
  | { readonly type: 'pong' }
  | { readonly type: 'bye'; readonly why: string }

const types = ['packet', 'ping', 'pong', 'bye'] as const

/** Bytes of the largest packet, its JSON and its bytes together. */
export const mostPacketBytes = 1024 * 1024

/** Characters of a farewell. */
const longestWhy = 500

/** What is to be sent is larger than a packet may be; whoever sends has to cut it into pieces. */
class PacketTooLarge extends ReopsError {
  override readonly name = 'PacketTooLarge'
}

/** A byte for the type; for a packet the length of its JSON (4 bytes, the highest first), the JSON, and the bytes. */
export function encodeContent(content: Content): Buffer {
  const type = Buffer.of(types.indexOf(content.type))
  if (content.type === 'bye') return Buffer.concat([type, Buffer.from(content.why.slice(0, longestWhy))])
  if (content.type !== 'packet') return type
  const { body, bytes = new Uint8Array() } = content.packet
  const json = Buffer.from(JSON.stringify(body))
  if (json.length + bytes.length > mostPacketBytes)
    throw new PacketTooLarge(
      `a packet of ${json.length + bytes.length} bytes is too large to be sent: ${mostPacketBytes} is the most; keep large data aside and send it in chunks`,
    )
  const head = Buffer.alloc(4)
  head.writeUInt32BE(json.length)
  return Buffer.concat([type, head, json, bytes])
}

/** Reads what the far end, which is who it says it is and may be hostile all the same, has sealed; nothing for garbage. */
export function decodeContent(plain: Buffer): Content | undefined {
  const type = types[plain[0] ?? -1]
  if (type === 'bye') return { type, why: plain.subarray(1).toString('utf8').slice(0, longestWhy) }
  if (type !== 'packet') return type === undefined ? undefined : { type }
  if (plain.length < 5) return undefined
  const end = 5 + plain.readUInt32BE(1)
  if (end > plain.length) return undefined
  try {
    const body: unknown = JSON.parse(plain.subarray(5, end).toString('utf8'))
    if (!isRecord(body)) return undefined
    return { type, packet: { body, ...(end < plain.length ? { bytes: plain.subarray(end) } : {}) } }
  } catch {
    return undefined
  }
}
