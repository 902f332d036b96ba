import { describe, expect, test } from 'vitest'
import { displayWidth, pad, truncate } from '../../../../src/operations/output/format/width.ts'
import fc from '../../../support/fast-check.ts'

describe('displayWidth', () => {
  test.each([
    ['abc', 3],
    ['日本', 4],
    ['e\u0301', 1],
    ['👍🏽', 2],
    ['👨‍👩‍👧', 2],
    ['한글', 4],
    ['＃', 2],
    ['', 0],
  ])('%j takes %i columns', (text, columns) => {
    expect(displayWidth(text)).toBe(columns)
  })
})

describe('truncate', () => {
  test('cuts between characters, never inside one that takes two columns', () => {
    expect(truncate('日本語', 4)).toBe('日…')
    expect(truncate('abcdef', 4)).toBe('abc…')
    expect(truncate('abcd', 4)).toBe('abcd')
    expect(truncate('abcd', 0)).toBe('')
  })

  test('never takes more columns than there are', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.integer({ min: 0, max: 40 }), (text, columns) => {
        expect(displayWidth(truncate(text, columns))).toBeLessThanOrEqual(columns)
      }),
    )
  })
})

test('pad fills up to the columns that a terminal shows', () => {
  expect(pad('日', 4)).toBe('日  ')
  expect(pad('long', 2)).toBe('long')
})
