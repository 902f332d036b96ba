import { LibvirtProtocolError } from '../errors.ts'
import { headerBytes, lengthBytes, maxFrame } from '../xdr/limits.ts'
import { type Header, readHeader } from './header.ts'

export type OnFrame = (header: Header, body: Buffer) => void

/**
 * Cuts what arrives into frames. Nothing is set aside for a length that is only claimed: memory grows with the bytes
 * that have come, up to the largest frame. A length that no frame has throws `LibvirtProtocolError` at once, and the
 * bytes after it are never looked at.
 */
export class FrameDecoder {
  /** What has come of a frame that is not whole. */
  #pieces: Buffer[] = []
  #held = 0

  /** Whether a frame has begun and not ended. */
  get midFrame(): boolean {
    return this.#held > 0
  }

  /** Takes a chunk, and hands on every frame that it completes. */
  push(chunk: Buffer, onFrame: OnFrame): void {
    let rest = this.#joined(chunk)
    while (rest !== undefined && rest.length >= lengthBytes) {
      const length = frameLength(rest)
      if (rest.length < length) break
      onFrame(
        readHeader(rest.subarray(lengthBytes, length)),
        rest.subarray(lengthBytes + headerBytes, length),
      )
      rest = rest.subarray(length)
    }
    if (rest === undefined || rest.length === 0) return
    this.#pieces.push(rest)
    this.#held += rest.length
  }

  /** The pieces and the chunk as one, or nothing while they make no whole frame: so a large frame is joined once. */
  #joined(chunk: Buffer): Buffer | undefined {
    const [first] = this.#pieces
    if (first === undefined) return chunk
    const total = this.#held + chunk.length
    if (first.length >= lengthBytes && total < frameLength(first)) {
      this.#pieces.push(chunk)
      this.#held = total
      return undefined
    }
    const joined = Buffer.concat([...this.#pieces, chunk], total)
    this.#pieces = []
    this.#held = 0
    return joined
  }
}

/** The bytes of the frame that begins here, its length word included. */
function frameLength(bytes: Buffer): number {
  const length = bytes.readUInt32BE(0)
  if (length < lengthBytes + headerBytes || length > maxFrame + lengthBytes)
    throw new LibvirtProtocolError(
      `A frame of ${length} bytes is announced; libvirt's have ${lengthBytes + headerBytes} to ${maxFrame + lengthBytes}. Is it libvirt that listens there?`,
    )
  return length
}
