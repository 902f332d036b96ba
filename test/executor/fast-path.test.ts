import { describe, expect, test } from 'vitest'
import { fetch, referenceOf } from '../../src/executor/fast-path.ts'
import { parseQuery } from '../../src/executor/jsonata.ts'
import fc from '../support/fast-check.ts'

const evaluation = { now: 0, random: () => 0, limitMs: 1000 }

describe('a reference', () => {
  test.each([
    ['$states.input', ['states', 'input']],
    ['$states.result.Payload', ['states', 'result', 'Payload']],
    ['$a.b_1.C', ['a', 'b_1', 'C']],
    ['$name', ['name']],
  ])('is %s', (source, path) => {
    expect(referenceOf(source)).toEqual(path)
  })

  test.each([
    '$',
    '$$',
    '$a.',
    '$a[0]',
    '$a.b()',
    '$a .b',
    '$a.true',
    '$a.in',
    '$a.constructor',
    '$a.`b c`',
    '$a.*',
    '1',
    'a.b',
    '$a+1',
    '$a.0',
  ])('is not %s', source => {
    expect(referenceOf(source)).toBeUndefined()
  })
})

test('what it fetches is what JSONata answers, for any data and any path', async () => {
  const key = fc.constantFrom('a', 'b', 'input', 'Payload', 'length', 'sequence', 'keepSingleton')
  const value = fc.letrec(tie => ({
    value: fc.oneof(
      { depthSize: 'medium' },
      fc.constantFrom(null, true, 0, 1.5, '', 'text'),
      fc.array(tie('value'), { maxLength: 3 }),
      fc.dictionary(key, tie('value'), { maxKeys: 4 }),
    ),
  })).value
  const path = fc.array(key, { maxLength: 4 })

  await fc.assert(
    fc.asyncProperty(value, path, async (variable, keys) => {
      const source = ['$v', ...keys].join('.')
      const fetched = fetch(referenceOf(source)!, variable)
      if (fetched === undefined) return
      const answered = await parseQuery(source)({ v: variable }, evaluation)
      expect(answered).toEqual(fetched)
    }),
    { numRuns: 2000 },
  )
})

test('leaves arrays on the way, and what is missing, to JSONata', () => {
  expect(fetch(['v', 'a'], [{ a: 1 }])).toBeUndefined()
  expect(fetch(['v', 'a'], {})).toBeUndefined()
  expect(fetch(['v', 'a'], null)).toBeUndefined()
})
