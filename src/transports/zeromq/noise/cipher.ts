import { createCipheriv, createDecipheriv, type KeyObject } from 'node:crypto'

const algorithm = 'chacha20-poly1305'

/** Bytes by which what is sealed is longer than what it says. */
export const tagBytes = 16

/** Noise's ChaChaPoly: four zero bytes and the number of the message, the lowest byte first. */
function nonceOf(number: bigint): Buffer {
  const nonce = Buffer.alloc(12)
  nonce.writeBigUInt64LE(number, 4)
  return nonce
}

/**
 * Seals `plain` under a key that has sealed no other message with this number. A key that seals many is better given as an
 * object: Node takes three times as long with the bytes of one.
 */
export function seal(key: Buffer | KeyObject, number: bigint, about: Uint8Array, plain: Uint8Array): Buffer {
  const cipher = createCipheriv(algorithm, key, nonceOf(number), { authTagLength: tagBytes })
  cipher.setAAD(about, { plaintextLength: plain.length })
  const body = cipher.update(plain)
  cipher.final()
  return Buffer.concat([body, cipher.getAuthTag()])
}

/** Opens what `seal` made, or answers nothing where one bit of it or of `about` is another. */
export function unseal(
  key: Buffer | KeyObject,
  number: bigint,
  about: Uint8Array,
  sealed: Uint8Array,
): Buffer | undefined {
  if (sealed.length < tagBytes) return undefined
  const end = sealed.length - tagBytes
  const decipher = createDecipheriv(algorithm, key, nonceOf(number), { authTagLength: tagBytes })
  decipher.setAAD(about, { plaintextLength: end })
  decipher.setAuthTag(sealed.subarray(end))
  const plain = decipher.update(sealed.subarray(0, end))
  try {
    decipher.final()
    return plain
  } catch {
    // The one thing that it can mean: it is not what was sealed.
    return undefined
  }
}
