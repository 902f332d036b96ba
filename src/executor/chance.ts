import { hash } from 'node:crypto'

/**
 * Numbers from 0 up to 1 that nobody can guess without the seed, and that are the same whenever they are drawn
 * from it again: so a state that is gone on with after a crash finds the items, the times and the pauses that it
 * had before.
 */
export class Chance {
  readonly #seed: string
  #drawn = 0

  constructor(seed: string) {
    this.#seed = seed
  }

  next(): number {
    return hash('sha256', `${this.#seed}/${this.#drawn++}`, 'buffer').readUIntBE(0, 6) / 2 ** 48
  }
}

/** What chance and secrets are made of, itself made when it is needed. */
export class Seed {
  readonly #make: () => string
  #text: string | undefined

  constructor(make: () => string) {
    this.#make = make
  }

  get text(): string {
    this.#text ??= this.#make()
    return this.#text
  }
}

/** A secret made of a seed, as long as the 32 bytes of a task token. */
export function secretOf(seed: string): string {
  return hash('sha256', seed, 'base64url')
}

/** A UUID of version 4 out of this chance. */
export function uuidOf(random: () => number): string {
  const bytes = Buffer.alloc(16)
  for (let at = 0; at < bytes.length; at += 4) bytes.writeUInt32BE(Math.floor(random() * 2 ** 32), at)
  bytes[6] = (bytes[6]! & 0x0f) | 0x40
  bytes[8] = (bytes[8]! & 0x3f) | 0x80
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-')
}
