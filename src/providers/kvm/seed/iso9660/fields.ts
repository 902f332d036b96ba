/** A block of the volume; ECMA-119 calls it a logical sector. */
export const blockBytes = 2048

/** How many blocks hold `bytes`. */
export function blocksFor(bytes: number): number {
  return Math.ceil(bytes / blockBytes)
}

/** A number of 16 bits in both byte orders, little-endian first. */
export function both16(value: number): Buffer {
  const field = Buffer.alloc(4)
  field.writeUInt16LE(value, 0)
  field.writeUInt16BE(value, 2)
  return field
}

/** A number of 32 bits in both byte orders, little-endian first. */
export function both32(value: number): Buffer {
  const field = Buffer.alloc(8)
  field.writeUInt32LE(value, 0)
  field.writeUInt32BE(value, 4)
  return field
}

/** Text as a volume or a name of it spells it: ASCII in the primary tree, UCS-2 in Joliet's. */
export interface Alphabet {
  encode(text: string): Buffer
  /** A field of `bytes`, filled up with spaces. */
  pad(text: string, bytes: number): Buffer
}

export const ascii: Alphabet = {
  encode: text => Buffer.from(text, 'latin1'),
  pad: (text, bytes) => Buffer.alloc(bytes, ' ', 'latin1').fill(text, 0, text.length, 'latin1'),
}

/** Big-endian, as Joliet wants it. */
export const ucs2: Alphabet = {
  encode: text => Buffer.from(text, 'utf16le').swap16(),
  pad: (text, bytes) => {
    const even = bytes - (bytes % 2)
    // An odd field ends with a byte that is no character.
    return Buffer.concat([ucs2.encode(text.padEnd(even / 2)), Buffer.alloc(bytes - even)])
  },
}
