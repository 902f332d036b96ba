import { expect, test } from 'vitest'
import { differs } from './compare.ts'

test.each([
  [{ a: 'timestamp' }, { a: '2030' }],
  ['{"a":1}', { a: 1 }],
  [{ a: 1 }, '{"a":1}'],
  ['fn <uuid:1> failed (1)', 'fn 7 failed (1)'],
  ['1', 1],
  ['null', null],
])('%j is %j', (recorded, ours) => {
  expect(differs(recorded, ours)).toBeUndefined()
})

test.each([
  [{ a: 1 }, { a: 2 }],
  [{ a: 1 }, { a: 1, b: 2 }],
  [
    { error: 'E', cause: 'at #2' },
    { error: 'E', cause: 'at #3' },
  ],
  [{ error: 'E' }, { error: 'E', cause: 'more' }],
  [[1], { 0: 1 }],
  [
    [1, 2],
    [2, 1],
  ],
  ['a.c', 'abc'],
  [true, false],
  [{}, undefined],
])('%j is not %j', (recorded, ours) => {
  expect(differs(recorded, ours)).toBeDefined()
})
