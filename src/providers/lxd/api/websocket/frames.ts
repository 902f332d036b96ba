import { randomBytes } from 'node:crypto'

/** What kinds of frames there are (RFC 6455, 5.2). */
export const opcodes = { more: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const

/** One frame as it arrived. `last` is false while more of its message follows. */
export interface Frame {
  readonly opcode: number
  readonly last: boolean
  readonly payload: Buffer
}

/** Bytes of one frame, and of one message. Events are some kilobytes, and a console sends what it has. */
const frameBytes = 4 * 1024 * 1024

/** The other side doesn't keep to the protocol. */
export class BrokenFrame extends Error {
  override readonly name = 'BrokenFrame'
}

/** Writes a frame as a client must: masked, whole. */
export function writeFrame(opcode: number, payload: Uint8Array): Buffer {
  const { length } = payload
  const head =
    length < 126
      ? Buffer.from([0x80 | opcode, 0x80 | length])
      : length < 65_536
        ? Buffer.from([0x80 | opcode, 0x80 | 126, length >> 8, length & 0xff])
        : longHead(opcode, length)
  const mask = randomBytes(4)
  const masked = Buffer.from(payload)
  for (let index = 0; index < length; index++) masked[index]! ^= mask[index & 3]!
  return Buffer.concat([head, mask, masked])
}

function longHead(opcode: number, length: number): Buffer {
  const head = Buffer.alloc(10)
  head[0] = 0x80 | opcode
  head[1] = 0x80 | 127
  head.writeBigUInt64BE(BigInt(length), 2)
  return head
}

/**
 * Takes frames out of bytes as they arrive, in whatever pieces. Throws `BrokenFrame` for what a server must not send and
 * for what is larger than we keep.
 */
export function createFrameReader(): (chunk: Buffer) => Frame[] {
  let waiting: Buffer = Buffer.alloc(0)
  return chunk => {
    waiting = waiting.length === 0 ? chunk : Buffer.concat([waiting, chunk])
    const frames: Frame[] = []
    for (;;) {
      const read = readFrame(waiting)
      if (read === undefined) return frames
      frames.push(read.frame)
      waiting = waiting.subarray(read.bytes)
    }
  }
}

function readFrame(bytes: Buffer): { frame: Frame; bytes: number } | undefined {
  if (bytes.length < 2) return undefined
  const [first = 0, second = 0] = bytes
  if (first & 0x70) throw new BrokenFrame('a frame uses extensions that were not agreed upon')
  if (second & 0x80) throw new BrokenFrame('a frame of a server is masked')
  const size = readSize(bytes, second & 0x7f)
  if (size === undefined) return undefined
  const end = size.start + size.length
  if (bytes.length < end) return undefined
  const opcode = first & 0x0f
  const last = (first & 0x80) !== 0
  if (opcode >= opcodes.close && (!last || size.length > 125)) {
    throw new BrokenFrame('a frame of the protocol itself is too long or in pieces')
  }
  return { frame: { opcode, last, payload: bytes.subarray(size.start, end) }, bytes: end }
}

function readSize(bytes: Buffer, short: number): { start: number; length: number } | undefined {
  if (short < 126) return { start: 2, length: short }
  const start = short === 126 ? 4 : 10
  if (bytes.length < start) return undefined
  const length = short === 126 ? bytes.readUInt16BE(2) : Number(bytes.readBigUInt64BE(2))
  if (length > frameBytes) throw new BrokenFrame(`a frame of ${length} bytes is larger than ${frameBytes}`)
  return { start, length }
}

/** Puts the frames of a message together. Frames of the protocol itself may stand between them. */
export function createMessageReader(): (frame: Frame) => { text: boolean; bytes: Buffer } | undefined {
  let begun: { text: boolean; parts: Buffer[]; bytes: number } | undefined
  return ({ opcode, last, payload }) => {
    if ((opcode === opcodes.more) !== (begun !== undefined)) {
      throw new BrokenFrame('the frames of two messages are mixed up')
    }
    begun ??= { text: opcode === opcodes.text, parts: [], bytes: 0 }
    begun.bytes += payload.length
    if (begun.bytes > frameBytes) throw new BrokenFrame(`a message is larger than ${frameBytes} bytes`)
    begun.parts.push(payload)
    if (!last) return undefined
    const { text, parts } = begun
    begun = undefined
    return { text, bytes: Buffer.concat(parts) }
  }
}
