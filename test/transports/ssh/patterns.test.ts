import { expect, test } from 'vitest'
import { matchesPatterns } from '../../../src/transports/ssh/patterns.ts'

test.each([
  ['db1.closet', ['*.closet'], true],
  ['db1.closet', ['*.closet', '!db*'], false],
  ['db1', ['db?'], true],
  ['db', ['db?'], false],
  ['DB1', ['db1'], true],
  ['axxb', ['a*b'], true],
  ['a.b', ['a[.]b'], false],
  ['anything', ['!other'], false],
  ['', ['*'], true],
])('%s against %j is %s', (name, patterns, expected) => {
  expect(matchesPatterns(name, patterns)).toBe(expected)
})

test('a pattern full of stars takes no exponential time', () => {
  expect(matchesPatterns('a'.repeat(5_000), [`${'*a'.repeat(200)}b`])).toBe(false)
})
