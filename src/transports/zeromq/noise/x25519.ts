import { createPrivateKey, createPublicKey, diffieHellman, type KeyObject, randomBytes } from 'node:crypto'

/** What stands before 32 bytes of a key in DER (RFC 8410): node:crypto takes raw keys in no other way. */
const privatePrefix = Buffer.from('302e020100300506032b656e04220420', 'hex')
const publicPrefix = Buffer.from('302a300506032b656e032100', 'hex')

/** Bytes of a key, and of what two keys have in common. */
export const keyBytes = 32

/** A key pair that can be computed with. `bytes` is the public half. */
export interface DhPair {
  readonly secret: KeyObject
  readonly bytes: Buffer
}

/** A pair from the 32 bytes of its secret half. Throws where they are not 32. */
export function pairOf(secretBytes: Uint8Array): DhPair {
  if (secretBytes.length !== keyBytes) throw new RangeError(`a key has ${keyBytes} bytes`)
  const secret = createPrivateKey({
    key: Buffer.concat([privatePrefix, secretBytes]),
    format: 'der',
    type: 'pkcs8',
  })
  const spki = createPublicKey(secret).export({ format: 'der', type: 'spki' })
  return { secret, bytes: spki.subarray(publicPrefix.length) }
}

/** A pair that nobody has had before. */
export function freshPair(): DhPair {
  return pairOf(randomBytes(keyBytes))
}

/** X25519 (RFC 7748). Throws where the far key is of low order, so that nothing would be secret. */
export function sharedSecret({ secret }: DhPair, far: Uint8Array): Buffer {
  const publicKey = createPublicKey({
    key: Buffer.concat([publicPrefix, far]),
    format: 'der',
    type: 'spki',
  })
  return diffieHellman({ privateKey: secret, publicKey })
}
