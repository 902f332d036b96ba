import { describe, expect, test } from 'vitest'
import { InvalidArguments } from '../../../../src/core/errors.ts'
import { LibvirtProtocolError } from '../../../../src/providers/kvm/rpc/errors.ts'
import { XdrReader } from '../../../../src/providers/kvm/rpc/xdr/reader.ts'
import {
  bool,
  characters,
  double,
  hyper,
  int,
  list,
  maybe,
  type Shape,
  struct,
  text,
  uhyper,
  uint,
  uuid,
} from '../../../../src/providers/kvm/rpc/xdr/shapes.ts'
import {
  recordOf,
  type TypedValue,
  typedParameters,
} from '../../../../src/providers/kvm/rpc/xdr/typed-parameters.ts'
import { XdrWriter } from '../../../../src/providers/kvm/rpc/xdr/writer.ts'
import fc from '../../../support/fast-check.ts'

function written<In>(shape: Shape<unknown, In>, value: In): Buffer {
  const writer = new XdrWriter()
  shape.write(writer, value)
  return writer.finish()
}

function read<Out>(shape: Shape<Out, never>, bytes: Buffer): Out {
  const reader = new XdrReader(bytes)
  const value = shape.read(reader)
  reader.end()
  return value
}

const plainText = fc.string({ unit: 'grapheme', maxLength: 40 }).filter(each => !each.includes('\0'))
const int32 = fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 })
const uint32 = fc.integer({ min: 0, max: 2 ** 32 - 1 })
const int64 = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })
const uint64 = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n })
const of = (type: TypedValue['type'], value: fc.Arbitrary<unknown>) =>
  value.map(each => ({ type, value: each }) as TypedValue)
const typedValue = fc.oneof(
  of('int', int32),
  of('uint', uint32),
  of('llong', int64),
  of('ullong', uint64),
  of('double', fc.double({ noNaN: true })),
  of('boolean', fc.boolean()),
  of('string', plainText),
)

/** Every kind of shape, with values for it. */
const kinds: [string, Shape<any, any>, fc.Arbitrary<unknown>][] = [
  ['int', int, int32],
  ['uint', uint, uint32],
  ['hyper', hyper, int64],
  ['uhyper', uhyper, uint64],
  ['double', double, fc.double()],
  ['bool', bool, fc.boolean()],
  ['text', text, plainText],
  ['uuid', uuid, fc.uuid()],
  ['characters', characters(32), fc.string({ maxLength: 32 }).filter(each => /^[\x01-\x7f]*$/.test(each))],
  ['maybe', maybe(text), fc.option(plainText, { nil: undefined })],
  ['list', list(text, 100), fc.array(plainText, { maxLength: 100 })],
  [
    'struct',
    struct({ a: uint, b: maybe(struct({ c: text })), d: uhyper }),
    fc.record({ a: uint32, b: fc.option(fc.record({ c: plainText }), { nil: undefined }), d: uint64 }),
  ],
  [
    'typed parameters',
    typedParameters(50),
    fc.array(fc.record({ field: plainText, value: typedValue }), { maxLength: 50 }),
  ],
]

describe.each(kinds)('%s', (_, shape, values) => {
  test('comes back as it was, in whole units of four bytes', () => {
    fc.assert(
      fc.property(values, value => {
        const bytes = written(shape, value)
        expect(bytes.length % 4).toBe(0)
        expect(read(shape, bytes)).toEqual(value)
      }),
    )
  })

  test('that is cut short is refused, wherever it is cut', () => {
    fc.assert(
      fc.property(values, fc.nat(), (value, cut) => {
        const bytes = written(shape, value)
        expect(() => read(shape, bytes.subarray(0, cut % bytes.length))).toThrow(LibvirtProtocolError)
      }),
    )
  })

  test('out of any bytes at all is a value or a protocol error', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), bytes => {
        try {
          read(shape, Buffer.from(bytes))
        } catch (error) {
          expect(error).toBeInstanceOf(LibvirtProtocolError)
        }
      }),
      { numRuns: 500 },
    )
  })
})

describe('reading', () => {
  test('refuses what is left over', () => {
    expect(() => read(int, Buffer.alloc(8))).toThrow('4 bytes too many')
  })

  test('sets nothing aside for a claim', () => {
    const claim = Buffer.from('ffffffff', 'hex')
    expect(() => read(text, claim)).toThrow('a string of 4294967295 bytes, where 4194304 are allowed')
    expect(() => read(list(text, 16_384), claim)).toThrow('a list of 4294967295, where 16384 are allowed')
    // Allowed, and still not there.
    expect(() => read(list(text, 16_384), Buffer.from('00004000', 'hex'))).toThrow(
      'a list of 16384 in 0 bytes',
    )
  })

  test('refuses a NUL in a string, and a third truth', () => {
    expect(() => read(text, Buffer.from('0000000300610061', 'hex'))).toThrow(LibvirtProtocolError)
    expect(() => read(text, Buffer.from('0000000361006100', 'hex'))).toThrow('a string with a NUL in it')
    expect(() => read(maybe(int), Buffer.from('0000000200000001', 'hex'))).toThrow('2 where 0 or 1')
  })

  test('refuses a typed parameter of a type that there is not', () => {
    const bytes = Buffer.from('00000001' + '0000000161000000' + '00000008' + '00000000', 'hex')
    expect(() => read(typedParameters(4), bytes)).toThrow('unknown type 8')
  })
})

describe('writing', () => {
  test.each<[string, Shape<any, any>, unknown]>([
    ['a fraction', int, 1.5],
    ['too large a number', uint, 2 ** 32],
    ['a negative size', uhyper, -1],
    ['a number that is not exact', uhyper, 2 ** 60],
    ['text with a NUL', text, 'a\0b'],
    ['half of a surrogate pair', text, '\ud800'],
    ['too long a text', text, 'x'.repeat(4 * 1024 * 1024 + 1)],
    ['too long a list', list(int, 2), [1, 2, 3]],
    ['something that is no UUID', uuid, 'big-iron'],
  ])('refuses %s', (_, shape, value) => {
    expect(() => written(shape, value)).toThrow(InvalidArguments)
  })

  test('refuses a message that no frame holds', () => {
    const long = 'x'.repeat(4 * 1024 * 1024)
    expect(() => written(list(text, 16), Array(16).fill(long))).toThrow(InvalidArguments)
  })

  test('takes numbers where they are exact', () => {
    expect(read(uhyper, written(uhyper, 2 ** 40))).toBe(2n ** 40n)
  })
})

test('typed parameters are read by their names', () => {
  const record = recordOf([
    { field: 'state.state', value: { type: 'int', value: 1 } },
    { field: 'balloon.maximum', value: { type: 'ullong', value: 2n ** 64n - 1n } },
  ])
  expect(record.get('state.state')).toBe(1)
  expect(record.get('balloon.maximum')).toBe(18446744073709551615n)
})
