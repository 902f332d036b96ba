import { expect, test } from 'vitest'
import { formatData, formatOutcome, plainStyle } from '../../../../src/operations/output/format/index.ts'
import { idOf } from '../../../state/systems.ts'

const of = (...values: readonly unknown[]) => ({
  on: {},
  successful: values.map((value, index) => ({ host: `redis-${index + 1}`, value, ms: 1 })),
  failure: [],
  left: [],
})

test('what provisioning changed stands under the hosts for which it is the same', () => {
  const value = {
    type: 'redis',
    changed: 2,
    steps: [
      { step: 'packages', changed: true, what: ['redis-server installed'] },
      { step: 'file', changed: true, what: ['content'], diff: '-a\n+b\u001b[2J\n' },
      { step: 'service', changed: false },
      { step: 'exec', changed: null },
      { step: 'script', changed: null, would: 'run setup.sh' },
    ],
  }
  expect(formatOutcome(of(value, value), plainStyle)).toBe(
    [
      'redis-[1-2] (2)',
      '  redis: 2 of 5 steps change something',
      '    packages: redis-server installed',
      '    file: content',
      '      -a',
      '      +b␛[2J',
      '    exec: does not say whether it changed something',
      '    script: would run setup.sh',
    ].join('\n'),
  )
})

test('a plan that went through without a change is a line', () => {
  const value = { type: 'redis', changed: 0, steps: [{ step: 'packages', changed: false }] }
  expect(formatOutcome(of(value), plainStyle)).toBe('redis-1  redis: nothing to change')
})

test('what was destroyed names the volumes that are kept', () => {
  const gone = (kept: string[]) => ({ id: idOf(1), hostname: 'redis-1', kept })
  expect(formatOutcome(of(gone([]), gone(['redis-2-data'])), plainStyle)).toBe(
    'redis-1  destroyed\nredis-2  destroyed; kept redis-2-data',
  )
})

test('data that only looks a little like it is printed as it is', () => {
  expect(formatData({ type: 'redis', changed: 1, steps: 'many' }, plainStyle)).toContain('steps')
  expect(formatData({ id: 'sys-1', kept: [] }, plainStyle)).toContain('kept')
})
