import { LibvirtProtocolError } from '../errors.ts'
import { maxText } from './limits.ts'

/** XDR rounds everything up to four bytes. */
const unit = 4

/**
 * Reads XDR from one message. It never reads beyond the message and sets nothing aside that the message does not
 * hold: whatever else is claimed throws `LibvirtProtocolError`.
 */
export class XdrReader {
  readonly #bytes: Buffer
  #at = 0

  constructor(bytes: Buffer) {
    this.#bytes = bytes
  }

  get remaining(): number {
    return this.#bytes.length - this.#at
  }

  int(): number {
    return this.#bytes.readInt32BE(this.#take(unit))
  }

  uint(): number {
    return this.#bytes.readUInt32BE(this.#take(unit))
  }

  hyper(): bigint {
    return this.#bytes.readBigInt64BE(this.#take(2 * unit))
  }

  uhyper(): bigint {
    return this.#bytes.readBigUInt64BE(this.#take(2 * unit))
  }

  double(): number {
    return this.#bytes.readDoubleBE(this.#take(2 * unit))
  }

  /** A view of the message, not a copy. */
  opaque(length: number): Buffer {
    const start = this.#take(length + padding(length))
    return this.#bytes.subarray(start, start + length)
  }

  text(limit = maxText): string {
    const length = this.uint()
    if (length > limit) throw wrong(`a string of ${length} bytes, where ${limit} are allowed`)
    const text = this.opaque(length).toString('utf8')
    // No string of C holds one, and a file name must not.
    if (text.includes('\0')) throw wrong('a string with a NUL in it')
    return text
  }

  /** How many elements follow. Each takes four bytes at least, so that a false count is found before its elements. */
  count(limit: number): number {
    const count = this.uint()
    if (count > limit) throw wrong(`a list of ${count}, where ${limit} are allowed`)
    if (count * unit > this.remaining) throw wrong(`a list of ${count} in ${this.remaining} bytes`)
    return count
  }

  /** Whether an optional value follows. */
  present(): boolean {
    const flag = this.uint()
    if (flag > 1) throw wrong(`${flag} where 0 or 1 says whether a value follows`)
    return flag === 1
  }

  /** The message must have been read to its end: what is left over belongs to a shape that we don't know. */
  end(): void {
    if (this.remaining > 0) throw wrong(`${this.remaining} bytes too many`)
  }

  #take(bytes: number): number {
    if (bytes > this.remaining) throw wrong(`it ends ${bytes - this.remaining} bytes too early`)
    const start = this.#at
    this.#at += bytes
    return start
  }
}

/** What fills a value up to the next unit. */
export function padding(length: number): number {
  return (unit - (length % unit)) % unit
}

function wrong(what: string): LibvirtProtocolError {
  return new LibvirtProtocolError(`The message is not libvirt's: ${what}`)
}
