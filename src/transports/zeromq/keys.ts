import { randomBytes } from 'node:crypto'
import { ReopsError } from '../../core/errors.ts'
import { keyBytes, pairOf } from './noise/x25519.ts'

/** The keys of whoever speaks: X25519, each 32 bytes as the 40 characters of ZeroMQ's Z85. */
export interface KeyPair {
  readonly publicKey: string
  /** Never printed, never sent. */
  readonly secretKey: string
}

/** A text that should be a key is none. */
export class InvalidKey extends ReopsError {
  override readonly name = 'InvalidKey'
  override readonly slug = 'invalid-key'
}

/** ZeroMQ RFC 32: four bytes are five of these, the highest first. */
const alphabet = '0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-:+=^!/*?&<>()[]{}@%$#'

const values: ReadonlyMap<string, number> = new Map(
  [...alphabet].map((character, value) => [character, value]),
)

/**
 * The 32 bytes of a key. Throws `InvalidKey`, which never repeats the text: it may be a secret key.
 *
 * @example
 * decodeKey(makeKeyPair().publicKey).length // 32
 */
export function decodeKey(z85: string): Buffer {
  const length = (keyBytes / 4) * 5
  if (z85.length !== length) {
    throw new InvalidKey(`a key has ${length} characters of Z85 and this text has ${z85.length}`)
  }
  const bytes = Buffer.alloc(keyBytes)
  for (let group = 0; group < length / 5; group += 1) {
    let word = 0
    for (const character of z85.slice(group * 5, group * 5 + 5)) {
      const value = values.get(character)
      if (value === undefined) throw new InvalidKey('a key has a character that Z85 does not have')
      word = word * 85 + value
    }
    // Otherwise two texts would be one key, and an allow-list that holds one would not know the other.
    if (word > 0xffff_ffff) throw new InvalidKey('a key has five characters that are no four bytes of Z85')
    bytes.writeUInt32BE(word, group * 4)
  }
  return bytes
}

/**
 * A key as text.
 *
 * @example
 * encodeKey(Buffer.alloc(32)) // '0000000000000000000000000000000000000000'
 */
export function encodeKey(bytes: Uint8Array): string {
  if (bytes.length !== keyBytes) {
    throw new InvalidKey(`a key has ${keyBytes} bytes and these are ${bytes.length}`)
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  let text = ''
  for (let at = 0; at < keyBytes; at += 4) {
    let word = view.getUint32(at)
    let group = ''
    for (let place = 0; place < 5; place += 1) {
      group = alphabet.charAt(word % 85) + group
      word = Math.floor(word / 85)
    }
    text += group
  }
  return text
}

/** Whether a text is a key; which of the two it can't say. */
export function isKey(text: string): boolean {
  try {
    decodeKey(text)
    return true
  } catch {
    return false
  }
}

/**
 * A new pair of keys.
 *
 * @example
 * const { publicKey, secretKey } = makeKeyPair()
 */
export function makeKeyPair(): KeyPair {
  const secretKey = encodeKey(randomBytes(keyBytes))
  return { publicKey: publicKeyOf(secretKey), secretKey }
}

/** The public key that belongs to a secret one. */
export function publicKeyOf(secretKey: string): string {
  return encodeKey(pairOf(decodeKey(secretKey)).bytes)
}
