import { runInNewContext } from 'node:vm'
import { describe, expect, test } from 'vitest'
import { findNotJson } from '../../src/core/json.ts'
import fc from '../support/fast-check.ts'

describe('findNotJson', () => {
  test('finds nothing in what JSON carries', () => {
    fc.assert(
      fc.property(fc.jsonValue(), value => {
        expect(findNotJson(value)).toBeUndefined()
        expect(JSON.parse(JSON.stringify(value))).toEqual(JSON.parse(JSON.stringify(value)))
      }),
    )
  })

  test('whatever it lets through comes back the same', () => {
    fc.assert(
      fc.property(
        fc.anything({
          withDate: true,
          withMap: true,
          withBigInt: true,
          withNullPrototype: true,
          withSparseArray: true,
          withTypedArray: true,
        }),
        value => {
          if (value === undefined || findNotJson(value)) return
          expect(JSON.parse(JSON.stringify(value))).toEqual(withoutZeroSign(value))
        },
      ),
      { numRuns: 500 },
    )
  })

  test.each<[string, unknown, string, string]>([
    ['a date in a field', { at: new Date() }, '$.at', 'a Date'],
    ['an odd key', { 'a b': [() => 1] }, '$["a b"][0]', 'a function'],
    ['a hole in a list', Array(1), '$[0]', 'undefined'],
    ['an error', new RangeError(), '$', 'a RangeError'],
    ['a promise', Promise.resolve(), '$', 'a Promise'],
    ['an object of a class', new (class Animal {})(), '$', 'an Animal'],
  ])('names %s and its place', (_name, value, path, found) => {
    expect(findNotJson(value)).toEqual({ path, found })
  })

  test('takes the same object twice, and refuses one within itself', () => {
    const shared = { a: 1 }
    expect(findNotJson([shared, shared])).toBeUndefined()
    const own: Record<string, unknown> = {}
    own.self = [own]
    expect(findNotJson(own)).toEqual({ path: '$.self[0]', found: 'a reference to itself' })
  })

  test('takes plain data of another realm, as a REPL makes it', () => {
    expect(findNotJson(runInNewContext('({ a: [{ b: 1 }] })'))).toBeUndefined()
    expect(findNotJson(runInNewContext('new Date(0)'))).toMatchObject({ found: 'a Date' })
  })
})

/** JSON has no negative zero and no absent properties. */
function withoutZeroSign(value: unknown): unknown {
  if (Object.is(value, -0)) return 0
  if (Array.isArray(value)) return value.map(withoutZeroSign)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, item]) => item !== undefined)
      .map(([key, item]) => [key, withoutZeroSign(item)]),
  )
}
