import { InvalidArguments } from '../../../../core/errors.ts'
import { headerBytes, lengthBytes, maxFrame, maxText } from './limits.ts'
import { padding } from './reader.ts'

const least = 256
const most = maxFrame + lengthBytes

/** Writes XDR into a buffer that grows up to the largest frame. What does not fit throws `InvalidArguments`. */
export class XdrWriter {
  #bytes = Buffer.allocUnsafe(least)
  #at = 0

  int(value: number): void {
    mustBe(Number.isInteger(value) && value >= -(2 ** 31) && value < 2 ** 31, value, 'a whole 32-bit number')
    const at = this.#grow(4)
    this.#bytes.writeInt32BE(value, at)
  }

  uint(value: number): void {
    mustBe(Number.isInteger(value) && value >= 0 && value < 2 ** 32, value, 'a whole number from 0 to 2³²−1')
    const at = this.#grow(4)
    this.#bytes.writeUInt32BE(value, at)
  }

  hyper(value: bigint | number): void {
    const big = whole(value)
    mustBe(BigInt.asIntN(64, big) === big, value, 'a whole 64-bit number')
    const at = this.#grow(8)
    this.#bytes.writeBigInt64BE(big, at)
  }

  uhyper(value: bigint | number): void {
    const big = whole(value)
    mustBe(BigInt.asUintN(64, big) === big, value, 'a whole number from 0 to 2⁶⁴−1')
    const at = this.#grow(8)
    this.#bytes.writeBigUInt64BE(big, at)
  }

  double(value: number): void {
    const at = this.#grow(8)
    this.#bytes.writeDoubleBE(value, at)
  }

  opaque(value: Uint8Array): void {
    const fill = padding(value.length)
    const start = this.#grow(value.length + fill)
    this.#bytes.set(value, start)
    this.#bytes.fill(0, start + value.length, start + value.length + fill)
  }

  text(value: string, limit = maxText): void {
    mustBe(!value.includes('\0'), value, 'text without a NUL')
    mustBe(value.isWellFormed(), value, 'text that UTF-8 can carry')
    const bytes = Buffer.byteLength(value)
    mustBe(bytes <= limit, `${bytes} bytes`, `at most ${limit} bytes of text`)
    this.uint(bytes)
    const fill = padding(bytes)
    const start = this.#grow(bytes + fill)
    this.#bytes.write(value, start)
    this.#bytes.fill(0, start + bytes, start + bytes + fill)
  }

  /** Everything written, as a view that later writes must not follow. */
  finish(): Buffer {
    return this.#bytes.subarray(0, this.#at)
  }

  #grow(bytes: number): number {
    const start = this.#at
    const end = start + bytes
    mustBe(end <= most, `${end} bytes`, `a message of at most ${maxFrame - headerBytes} bytes`)
    if (end > this.#bytes.length) {
      const larger = Buffer.allocUnsafe(Math.min(most, Math.max(end, 2 * this.#bytes.length)))
      larger.set(this.#bytes.subarray(0, start))
      this.#bytes = larger
    }
    this.#at = end
    return start
  }
}

function whole(value: bigint | number): bigint {
  if (typeof value === 'bigint') return value
  mustBe(Number.isSafeInteger(value), value, 'a whole number, as a bigint where it is beyond 2⁵³')
  return BigInt(value)
}

function mustBe(holds: boolean, value: unknown, expected: string): void {
  if (holds) return
  throw new InvalidArguments(`libvirt takes ${expected} here, not ${String(value).slice(0, 80)}`)
}
