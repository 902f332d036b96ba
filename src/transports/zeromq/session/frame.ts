/**
 * What goes over a socket: two bytes that say how to read the rest, which nobody vouches for, and the rest.
 *
 *     hello     the first message of a handshake
 *     welcome   the second, with who we are welcome as, or why not
 *     sealed    the number of the message (8 bytes, the highest first) and what is sealed under it
 *     stray     there is no session here: shake hands again
 *     foreign   what came is of a version that is not spoken here; the byte behind says which one is
 */
export const frameVersion = 1

const kinds = ['hello', 'welcome', 'sealed', 'stray', 'foreign'] as const

export type FrameKind = (typeof kinds)[number]

export interface Frame {
  readonly kind: FrameKind
  readonly rest: Buffer
}

/** Bytes of the largest frame that anybody sends or takes. */
export const mostFrameBytes = 1024 * 1024 + 1024

const headerBytes = 2

export function encodeFrame(kind: FrameKind, ...rest: readonly Uint8Array[]): Buffer {
  return Buffer.concat([headerOf(kind), ...rest])
}

/** What stands before a frame of a kind, and what is sealed answers for. */
export function headerOf(kind: FrameKind): Buffer {
  return Buffer.of(frameVersion, kinds.indexOf(kind) + 1)
}

/** Reads a frame; `foreign` where its version is another, nothing where it is garbage. */
export function decodeFrame(bytes: Buffer): Frame | 'foreign' | undefined {
  if (bytes.length < headerBytes || bytes.length > mostFrameBytes) return undefined
  const kind = kinds[bytes[1]! - 1]
  // Whatever its version, a word about versions is understood, so that nobody answers it with another.
  if (kind === 'foreign') return { kind, rest: bytes.subarray(headerBytes) }
  if (bytes[0] !== frameVersion) return 'foreign'
  return kind === undefined ? undefined : { kind, rest: bytes.subarray(headerBytes) }
}
