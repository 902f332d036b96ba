import { describe, expect, test } from 'vitest'
import { LibvirtProtocolError } from '../../../../src/providers/kvm/rpc/errors.ts'
import { FrameDecoder } from '../../../../src/providers/kvm/rpc/frames/decoder.ts'
import { frameHeader, type Header } from '../../../../src/providers/kvm/rpc/frames/header.ts'
import { events } from '../../../../src/providers/kvm/rpc/protocol/events.ts'
import { readFailure } from '../../../../src/providers/kvm/rpc/protocol/failure.ts'
import type { Procedure } from '../../../../src/providers/kvm/rpc/protocol/procedure.ts'
import { procedures } from '../../../../src/providers/kvm/rpc/protocol/procedures.ts'
import { XdrReader } from '../../../../src/providers/kvm/rpc/xdr/reader.ts'
import fc from '../../../support/fast-check.ts'

interface Frame {
  readonly header: Header
  readonly body: Buffer
}

const bytes = (maxLength: number) => fc.uint8Array({ maxLength }).map(each => Buffer.from(each))
const frame: fc.Arbitrary<Frame> = fc.record({
  header: fc.record({
    program: fc.integer({ min: 0, max: 2 ** 32 - 1 }),
    procedure: fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }),
    type: fc.integer({ min: 0, max: 6 }),
    serial: fc.integer({ min: 0, max: 2 ** 32 - 1 }),
    status: fc.integer({ min: 0, max: 2 }),
  }),
  body: bytes(300),
})

const wire = ({ header, body }: Frame) => Buffer.concat([frameHeader(header, body.length), body])

/** Cuts bytes into pieces of these lengths, over and over. */
function* pieces(all: Buffer, lengths: readonly number[]): Generator<Buffer> {
  for (let at = 0, turn = 0; at < all.length; turn++) {
    const length = lengths[turn % lengths.length] ?? all.length
    yield all.subarray(at, at + length)
    at += length
  }
}

function decode(chunks: Iterable<Buffer>): Frame[] {
  const decoder = new FrameDecoder()
  const frames: Frame[] = []
  for (const chunk of chunks)
    decoder.push(chunk, (header, body) => frames.push({ header, body: Buffer.from(body) }))
  return frames
}

describe('frames', () => {
  test('come out as they went in, however they were cut', () => {
    const lengths = fc.array(fc.integer({ min: 1, max: 120 }), { minLength: 1, maxLength: 6 })
    fc.assert(
      fc.property(fc.array(frame, { maxLength: 8 }), lengths, (frames, cuts) => {
        expect(decode(pieces(Buffer.concat(frames.map(wire)), cuts))).toEqual(frames)
      }),
    )
  })

  test('that are cut short are never handed on', () => {
    fc.assert(
      fc.property(frame, fc.nat(), (one, cut) => {
        const whole = wire(one)
        const decoder = new FrameDecoder()
        decoder.push(whole.subarray(0, cut % whole.length), () => expect.unreachable())
        expect(decoder.midFrame).toBe(cut % whole.length > 0)
      }),
    )
  })

  test('of the largest size are gathered in one go', () => {
    const one = {
      header: { program: 1, procedure: 1, type: 3, serial: 1, status: 2 },
      body: Buffer.alloc(32 * 1024 * 1024 - 24, 7),
    }
    const [only] = decode(pieces(wire(one), [65_536]))
    expect(only?.body.equals(one.body)).toBe(true)
  })

  test.each([0, 3, 27, 32 * 1024 * 1024 + 5, 0x7fffffff, 0xffffffff])(
    'of %i bytes are refused when they are announced, with nothing set aside',
    length => {
      const bomb = Buffer.alloc(8)
      bomb.writeUInt32BE(length)
      const before = process.memoryUsage().arrayBuffers
      expect(() => decode([bomb])).toThrow(LibvirtProtocolError)
      // In pieces of one byte, too.
      expect(() => decode(pieces(bomb, [1]))).toThrow(LibvirtProtocolError)
      expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(1024 * 1024)
    },
  )

  test('that are announced and do not come take no memory', () => {
    const claim = Buffer.alloc(4)
    claim.writeUInt32BE(32 * 1024 * 1024)
    const before = process.memoryUsage().arrayBuffers
    expect(Array.from({ length: 100 }, () => decode([claim])).flat()).toEqual([])
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(1024 * 1024)
  })

  test('of any bytes at all are frames or a protocol error', () => {
    fc.assert(
      fc.property(fc.array(bytes(100), { maxLength: 5 }), chunks => {
        try {
          decode(chunks)
        } catch (error) {
          expect(error).toBeInstanceOf(LibvirtProtocolError)
        }
      }),
      { numRuns: 1_000 },
    )
  })
})

describe('bodies', () => {
  /** Bytes as a hostile daemon might choose them: small numbers look like lengths and flags. */
  const words = fc.array(fc.oneof(fc.nat(3), fc.nat(), fc.constant(0xffffffff)), { maxLength: 40 })
  const hostile = fc.oneof(
    bytes(400),
    words.map(each =>
      Buffer.concat(each.map(word => Buffer.from([word >>> 24, word >>> 16, word >>> 8, word]))),
    ),
  )
  const shapes = [
    ...Object.entries<Procedure>(procedures).map(([name, { answer }]) => [name, answer] as const),
    ...Object.entries(events).map(([name, { shape }]) => [name, shape] as const),
    ['failure', { read: readFailure }] as const,
  ]

  test.each(shapes)('of %s are read or refused, and nothing else', (_, shape) => {
    fc.assert(
      fc.property(hostile, body => {
        try {
          shape.read(new XdrReader(body))
        } catch (error) {
          expect(error).toBeInstanceOf(LibvirtProtocolError)
        }
      }),
      { numRuns: 60 },
    )
  })
})
