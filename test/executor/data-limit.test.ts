import { describe, expect, test } from 'vitest'
import type { Json } from '../../src/core/json.ts'
import { admit, fits } from '../../src/executor/data.ts'
import fc from '../support/fast-check.ts'
import { lambda, run, task } from './harness.ts'

const full = 'x'.repeat(256 * 1024 - 2)
const exceeded = (what: string) => ({
  status: 'FAILED',
  error: 'States.DataLimitExceeded',
  cause: `The state/task '${what}' returned a result with a size exceeding the maximum number of bytes service limit.`,
})

test('is 256 KiB of JSON text, to the byte', async () => {
  expect(await run({ T: task() }, { invoke: () => full })).toMatchObject({ status: 'SUCCEEDED' })
  expect(await run({ T: task() }, { invoke: () => `${full}x` })).toEqual(exceeded(lambda))
})

test('counts bytes and not characters', async () => {
  expect(await run({ T: task() }, { invoke: () => 'ä'.repeat(131_072) })).toEqual(exceeded(lambda))
})

test('holds for outputs, variables and arguments', async () => {
  const double = { a: '{% $states.input %}', b: '{% $states.input %}' }
  const input = 'x'.repeat(200_000)
  expect(await run({ P: { Type: 'Pass', Output: double, End: true } }, { input })).toEqual(exceeded('P'))
  expect(await run({ P: { Type: 'Pass', Assign: double, End: true } }, { input })).toEqual(exceeded('P'))
  expect(await run({ T: task({ Arguments: double }) }, { input })).toEqual(exceeded(lambda))
})

test('holds for what a Map makes of its items', async () => {
  const states = {
    M: {
      Type: 'Map',
      Items: '{% [1..3] %}',
      ItemProcessor: { StartAt: 'T', States: { T: task() } },
      End: true,
    },
  }
  expect(await run(states, { invoke: () => 'x'.repeat(100_000) })).toEqual(exceeded('M'))
})

test('is no error that States.ALL catches', async () => {
  const states = { T: task({ Catch: [{ ErrorEquals: ['States.ALL'], Next: 'S' }] }), S: { Type: 'Succeed' } }
  expect(await run(states, { invoke: () => `${full}x` })).toEqual(exceeded(lambda))
})

test('an answer far beyond it is not even read to its end', async () => {
  expect(
    await run({ T: task() }, { invoke: () => Array.from({ length: 40_000 }, () => 'x'.repeat(1000)) }),
  ).toEqual(exceeded(lambda))
})

test('an input beyond it does not start', async () => {
  expect(await run({ P: { Type: 'Pass', End: true } }, { input: `${full}x` })).toMatchObject({
    status: 'FAILED',
    error: 'States.DataLimitExceeded',
  })
})

describe('measuring', () => {
  const anyJson = fc.jsonValue({ noUnicodeString: false } as never) as fc.Arbitrary<Json>

  test('agrees with the text, at every limit', () => {
    fc.assert(
      fc.property(anyJson, fc.boolean(), fc.integer({ min: -3, max: 3 }), (value, admitted, off) => {
        const size = Buffer.byteLength(JSON.stringify(value))
        expect(fits(admitted ? admit(value) : value, size + off)).toBe(off >= 0)
      }),
    )
  })

  test('a value that is admitted is an equal copy', () => {
    fc.assert(
      fc.property(anyJson, value => {
        const copy = admit(value)
        expect(JSON.stringify(copy)).toBe(JSON.stringify(value))
        if (typeof value === 'object' && value !== null) expect(copy).not.toBe(value)
      }),
    )
  })
})
