import { generateKeyPairSync } from 'node:crypto'

/** A field of a key: its length in four bytes, then itself. */
export function field(content: string | Uint8Array): Buffer {
  const bytes = Buffer.from(content as Uint8Array)
  const length = Buffer.alloc(4)
  length.writeUInt32BE(bytes.length)
  return Buffer.concat([length, bytes])
}

/** A public key as a line of a `.pub` file. */
export function keyLine(algorithm: string, ...fields: readonly (string | Uint8Array)[]): string {
  return `${algorithm} ${Buffer.concat([field(algorithm), ...fields.map(field)]).toString('base64')} ops@lab`
}

export const ed25519 = keyLine('ssh-ed25519', new Uint8Array(32).fill(7))

export function rsa(bits: number): string {
  return keyLine('ssh-rsa', Uint8Array.of(1, 0, 1), new Uint8Array(bits / 8).fill(0xff))
}

export function ecdsa(curve: string, point: number): string {
  return keyLine(`ecdsa-sha2-${curve}`, curve, new Uint8Array(point).fill(4))
}

/** A real private key, as someone might paste it by mistake. */
export function privateKey(): string {
  return generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
}
