import { expect, test } from 'vitest'
import { closest } from '../../src/cli/closest.ts'

test.each([
  ['rnu', 'run'],
  ['flow', 'flows'],
  ['exce', 'exec'],
  ['complie', 'compile'],
  ['comp', 'compile'],
  ['xyzzy', undefined],
  ['', undefined],
])('%j was meant to be %j', (word, meant) => {
  expect(closest(word, ['run', 'plan', 'compile', 'flows', 'exec', 'hosts'])).toBe(meant)
})
