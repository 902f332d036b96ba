import { describe, expect, test } from 'vitest'
import {
  BrokenFrame,
  createFrameReader,
  createMessageReader,
  type Frame,
  opcodes,
  writeFrame,
} from '../../../../../src/providers/lxd/api/websocket/frames.ts'
import fc from '../../../../support/fast-check.ts'

/** A frame as a server sends it: not masked. */
function serverFrame(opcode: number, payload: Uint8Array, last = true): Buffer {
  const { length } = payload
  const head = Buffer.alloc(length < 126 ? 2 : length < 65_536 ? 4 : 10)
  head[0] = (last ? 0x80 : 0) | opcode
  head[1] = length < 126 ? length : length < 65_536 ? 126 : 127
  if (head.length === 4) head.writeUInt16BE(length, 2)
  if (head.length === 10) head.writeBigUInt64BE(BigInt(length), 2)
  return Buffer.concat([head, payload])
}

const bytes = fc.oneof(
  fc.uint8Array({ maxLength: 130 }),
  fc.uint8Array({ minLength: 65_530, maxLength: 65_540, size: 'max' }),
)

describe('frames', () => {
  test('are read whole, in whatever pieces they come', () => {
    fc.assert(
      fc.property(
        fc.array(bytes, { maxLength: 5 }),
        fc.array(fc.nat(4_000), { maxLength: 20 }),
        (payloads, cuts) => {
          const wire = Buffer.concat(payloads.map(payload => serverFrame(opcodes.binary, payload)))
          const read = createFrameReader()
          const frames: Frame[] = []
          let at = 0
          for (const cut of [...cuts, wire.length]) {
            frames.push(...read(wire.subarray(at, at + cut)))
            at += cut
          }
          expect(frames.map(({ payload }) => payload.toString('hex'))).toEqual(
            payloads.map(payload => Buffer.from(payload).toString('hex')),
          )
        },
      ),
      { numRuns: 60 },
    )
  })

  test('are masked when we write them', () => {
    fc.assert(
      fc.property(bytes, payload => {
        const frame = writeFrame(opcodes.text, payload)
        expect(frame[1]! & 0x80).toBe(0x80)
        const start = frame.length - payload.length
        const mask = frame.subarray(start - 4, start)
        const plain = frame.subarray(start).map((byte, index) => byte ^ mask[index & 3]!)
        expect(Buffer.from(plain).equals(Buffer.from(payload))).toBe(true)
      }),
      { numRuns: 60 },
    )
  })

  test.each([
    ['masked', [0x82, 0x80]],
    ['using extensions', [0xc2, 0x00]],
    ['of an endless size', [0x82, 127, 0x7f, 255, 255, 255, 255, 255, 255, 255]],
    ['of the protocol itself in pieces', [0x09, 0x00]],
    ['of the protocol itself and long', [0x89, 126, 1, 0, ...new Array(256).fill(0)]],
  ])('%s are refused', (_, wire) => {
    expect(() => createFrameReader()(Buffer.from(wire))).toThrow(BrokenFrame)
  })

  test('of any bytes are read or refused', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), wire => {
        try {
          createFrameReader()(Buffer.from(wire))
        } catch (error) {
          expect(error).toBeInstanceOf(BrokenFrame)
        }
      }),
    )
  })
})

describe('messages', () => {
  const frame = (opcode: number, text: string, last = true): Frame => ({
    opcode,
    last,
    payload: Buffer.from(text),
  })

  test('are put together from their frames', () => {
    const read = createMessageReader()
    expect(read(frame(opcodes.text, 'one '))?.bytes.toString()).toBe('one ')
    expect(read(frame(opcodes.binary, 'two', false))).toBeUndefined()
    expect(read(frame(opcodes.more, ' three'))).toEqual({ text: false, bytes: Buffer.from('two three') })
  })

  test('that are mixed up or endless are refused', () => {
    expect(() => createMessageReader()(frame(opcodes.more, ''))).toThrow(BrokenFrame)
    const mixed = createMessageReader()
    mixed(frame(opcodes.text, '', false))
    expect(() => mixed(frame(opcodes.text, ''))).toThrow(BrokenFrame)
    const endless = createMessageReader()
    endless(frame(opcodes.binary, '', false))
    const large = { opcode: opcodes.more, last: false, payload: Buffer.alloc(3_000_000) }
    endless(large)
    expect(() => endless(large)).toThrow(BrokenFrame)
  })
})
