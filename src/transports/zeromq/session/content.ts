import { ReopsError } from '../../../core/errors.ts'
import { isRecord } from '../../../core/json.ts'
import type { Packet } from '../channel.ts'

/** A word between the two ends of a session. */
export type Word =
  | { readonly type: 'ping' }
  | { readonly type: 'pong' }
  | { readonly type: 'bye'; readonly why: string }

/** What a sealed message says: things for whoever uses the session, in their order, or a word between its two ends. */
export type Content = { readonly type: 'packets'; readonly packets: readonly Packet[] } | Word

const types = ['packets', 'ping', 'pong', 'bye'] as const

/** Bytes of the largest packet, its JSON and its bytes together. */
export const mostPacketBytes = 1024 * 1024

/** Packets of one message: who hears them does nothing else meanwhile. */
export const mostPackets = 1_000

/** Characters of a farewell. */
const longestWhy = 500

/** What is to be sent is larger than a packet may be; whoever sends has to cut it into pieces. */
class PacketTooLarge extends ReopsError {
  override readonly name = 'PacketTooLarge'
}

const headBytes = 8

/** The lengths of a packet's JSON and of its bytes (4 bytes each, the highest first), the JSON, and the bytes. */
export function encodePacket({ body, bytes = new Uint8Array() }: Packet): Buffer {
  const json = Buffer.from(JSON.stringify(body))
  if (json.length + bytes.length > mostPacketBytes)
    throw new PacketTooLarge(
      `a packet of ${json.length + bytes.length} bytes is too large to be sent: ${mostPacketBytes} is the most; keep large data aside and send it in chunks`,
    )
  const head = Buffer.alloc(headBytes)
  head.writeUInt32BE(json.length)
  head.writeUInt32BE(bytes.length, 4)
  return Buffer.concat([head, json, bytes])
}

/** A byte for the type, and the packets. */
export function encodePackets(packets: readonly Buffer[]): Buffer {
  return Buffer.concat([Buffer.of(types.indexOf('packets')), ...packets])
}

export function encodeWord(word: Word): Buffer {
  const type = Buffer.of(types.indexOf(word.type))
  return word.type === 'bye' ? Buffer.concat([type, Buffer.from(word.why.slice(0, longestWhy))]) : type
}

/** Reads what the far end, which is who it says it is and may be hostile all the same, has sealed; nothing for garbage. */
export function decodeContent(plain: Buffer): Content | undefined {
  const type = types[plain[0] ?? -1]
  if (type === 'bye') return { type, why: plain.subarray(1).toString('utf8').slice(0, longestWhy) }
  if (type !== 'packets') return type === undefined ? undefined : { type }
  const packets: Packet[] = []
  for (let at = 1; at < plain.length; ) {
    if (plain.length - at < headBytes || packets.length === mostPackets) return undefined
    const json = at + headBytes
    const bytes = json + plain.readUInt32BE(at)
    const end = bytes + plain.readUInt32BE(at + 4)
    if (end > plain.length) return undefined
    const body = readBody(plain.subarray(json, bytes))
    if (body === undefined) return undefined
    packets.push({ body, ...(end > bytes ? { bytes: plain.subarray(bytes, end) } : {}) })
    at = end
  }
  return { type, packets }
}

function readBody(json: Buffer): object | undefined {
  try {
    const body: unknown = JSON.parse(json.toString('utf8'))
    return isRecord(body) ? body : undefined
  } catch {
    return undefined
  }
}
