import { LibvirtProtocolError } from '../errors.ts'
import { headerBytes, lengthBytes } from '../xdr/limits.ts'
import type { XdrWriter } from '../xdr/writer.ts'

/** Programs that share a connection. */
export const programs = { remote: 0x20008086, keepalive: 0x6b656570 } as const
/** Both have had one version, ever. */
export const programVersion = 1

export const types = { call: 0, reply: 1, event: 2, stream: 3, hole: 6 } as const
export const statuses = { ok: 0, error: 1, more: 2 } as const

/** What a frame is about. */
export interface Header {
  readonly program: number
  readonly procedure: number
  readonly type: number
  readonly serial: number
  readonly status: number
}

/** Writes the room for a length, which `seal` fills in, and a header. */
export function writeHeader(to: XdrWriter, header: Header): void {
  to.uint(0)
  to.uint(header.program)
  to.uint(programVersion)
  to.int(header.procedure)
  to.int(header.type)
  to.uint(header.serial)
  to.int(header.status)
}

/** Puts the length in front, and answers the frame. */
export function seal(writer: XdrWriter): Buffer {
  const frame = writer.finish()
  frame.writeUInt32BE(frame.length, 0)
  return frame
}

/** A frame of stream data: the header alone, since the data follows it unchanged. */
export function frameHeader(header: Header, bodyBytes: number): Buffer {
  const bytes = Buffer.allocUnsafe(lengthBytes + headerBytes)
  bytes.writeUInt32BE(lengthBytes + headerBytes + bodyBytes, 0)
  bytes.writeUInt32BE(header.program, 4)
  bytes.writeUInt32BE(programVersion, 8)
  bytes.writeInt32BE(header.procedure, 12)
  bytes.writeInt32BE(header.type, 16)
  bytes.writeUInt32BE(header.serial, 20)
  bytes.writeInt32BE(header.status, 24)
  return bytes
}

/** Reads the header of a frame that holds one at least. Throws `LibvirtProtocolError`. */
export function readHeader(frame: Buffer): Header {
  const version = frame.readUInt32BE(4)
  const header = {
    program: frame.readUInt32BE(0),
    procedure: frame.readInt32BE(8),
    type: frame.readInt32BE(12),
    serial: frame.readUInt32BE(16),
    status: frame.readInt32BE(20),
  }
  if (version !== programVersion)
    throw new LibvirtProtocolError(`A frame is of version ${version} of its program; there is only 1`)
  if (header.status < statuses.ok || header.status > statuses.more)
    throw new LibvirtProtocolError(`A frame has the unknown status ${header.status}`)
  return header
}
