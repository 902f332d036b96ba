import { createHash, createHmac, createSecretKey } from 'node:crypto'
import { seal, unseal } from './cipher.ts'

const hash = (...parts: readonly Uint8Array[]): Buffer => {
  const sum = createHash('sha256')
  for (const part of parts) sum.update(part)
  return sum.digest()
}

const hmac = (key: Uint8Array, ...parts: readonly Uint8Array[]): Buffer => {
  // Node takes three times as long with the bytes of a key as with an object.
  const sum = createHmac('sha256', createSecretKey(key))
  for (const part of parts) sum.update(part)
  return sum.digest()
}

/** Two keys out of one (Noise's HKDF, section 4.3). */
function derive(chaining: Buffer, material: Uint8Array): readonly [Buffer, Buffer] {
  const secret = hmac(chaining, material)
  const first = hmac(secret, Buffer.of(1))
  return [first, hmac(secret, first, Buffer.of(2))]
}

/** What both ends of a handshake have in common so far (Noise's SymmetricState, section 5.2). */
export interface SymmetricState {
  mixHash(data: Uint8Array): void
  mixKey(material: Uint8Array): void
  encryptAndHash(plain: Uint8Array): Buffer
  /** Nothing where it was not sealed by whoever has the same keys and heard the same. */
  decryptAndHash(sealed: Uint8Array): Buffer | undefined
  /** The keys of the initiator's messages and of the responder's. */
  split(): readonly [Buffer, Buffer]
  readonly hash: Buffer
}

export function symmetricState(protocol: string): SymmetricState {
  const name = Buffer.from(protocol)
  let h = name.length <= 32 ? Buffer.concat([name, Buffer.alloc(32 - name.length)]) : hash(name)
  let chaining: Buffer = h
  let key: Buffer | undefined
  let number = 0n
  const mixHash = (data: Uint8Array) => {
    h = hash(h, data)
  }
  return {
    mixHash,
    mixKey(material) {
      ;[chaining, key] = derive(chaining, material)
      number = 0n
    },
    encryptAndHash(plain) {
      const sealed = key === undefined ? Buffer.from(plain) : seal(key, number++, h, plain)
      mixHash(sealed)
      return sealed
    },
    decryptAndHash(sealed) {
      const plain = key === undefined ? Buffer.from(sealed) : unseal(key, number++, h, sealed)
      mixHash(sealed)
      return plain
    },
    split: () => derive(chaining, Buffer.alloc(0)),
    get hash() {
      return h
    },
  }
}
