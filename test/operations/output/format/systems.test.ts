import { describe, expect, test } from 'vitest'
import type { System } from '../../../../src/core/systems/system.ts'
import { formatOutcome, plainStyle } from '../../../../src/operations/output/format/index.ts'
import {
  addressOf,
  formatMebibytes,
  systemLines,
  volumeText,
} from '../../../../src/operations/output/format/systems.ts'
import { idOf } from '../../../state/systems.ts'

const system = (number: number, more: Partial<System> = {}): System => ({
  ...{ id: idOf(number), hostname: `web-${number}`, provider: 'kvm', node: 'big-iron', state: 'running' },
  ...{ volumes: [], description: '', tags: [], revision: 1, createdAt: 1, updatedAt: 1 },
  ...more,
})
const outcome = (values: readonly unknown[]) => ({
  on: {},
  successful: values.map((value, index) => ({ host: `web-${index + 1}`, value, ms: 1 })),
  failure: [{ host: 'web-9', code: 'busy', step: 'stop', message: 'held', detail: {} }] as const,
  left: [],
})

describe('an outcome of systems', () => {
  test('is a table, with warnings under it and failures last', () => {
    const warned = { ...system(2, { state: 'stopped' }), warnings: ['only emulated\u001b[2J'] }
    expect(formatOutcome(outcome([system(1, { address: '10.0.0.1' }), warned]), plainStyle)).toBe(
      [
        'name   state    on        address',
        'web-1  running  big-iron  10.0.0.1',
        'web-2  stopped  big-iron',
        '! web-2: only emulated␛[2J',
        'busy (1)',
        '  web-9  stop: held',
      ].join('\n'),
    )
  })

  test('says what a sync and a repair found of each', () => {
    const told = outcome([
      { ...system(1), synced: 'added' },
      { ...system(2), repaired: 'checked' },
    ])
    expect(formatOutcome(told, plainStyle)).toContain(
      'web-1  running  added    big-iron\nweb-2  running  checked',
    )
  })

  test('among which something is no system is no table', () => {
    expect(formatOutcome(outcome([system(1), 'up']), plainStyle)).not.toContain('name   state')
  })
})

test('a table of systems paints states, and the stage of what moves', () => {
  const [, line] = systemLines([system(1, { state: 'creating', stage: 'cloning' })], { color: true })
  expect(line).toBe('web-1  \u001b[33mcreating\u001b[39m  big-iron  \u001b[33mcloning\u001b[39m')
})

test('a table of systems fits, whatever they are called', () => {
  const wide = system(1, {
    ...{ hostname: 'w'.repeat(63), type: 't'.repeat(64), node: 'n'.repeat(64) },
    ...{ tags: ['a'.repeat(64)], description: '宽'.repeat(200), address: 'fe80::1234:5678:9abc:def0' },
  })
  for (const columns of [20, 40, 80, 120])
    for (const line of systemLines([wide], { color: false, columns }))
      expect(line.length).toBeLessThanOrEqual(columns)
})

test.each([
  [512, '512 MiB'],
  [2_048, '2 GiB'],
  [1_536, '1.5 GiB'],
  [16_777_216, '16384 GiB'],
])('%i MiB is %s', (mebibytes, told) => expect(formatMebibytes(mebibytes)).toBe(told))

test.each([
  [{}, ''],
  [{ address: '10.0.0.1' }, '10.0.0.1'],
  [{ address: '10.0.0.1', port: 2222 }, '10.0.0.1:2222'],
  [{ address: 'fe80::1', port: 2222 }, '[fe80::1]:2222'],
])('the address of %j is %j', (of, told) => expect(addressOf(of)).toBe(told))

test('a volume says whether it is kept', () => {
  expect(volumeText({ size: 5, keep: false })).toBe('5 GiB')
  expect(volumeText({ name: 'data', size: 100, keep: true })).toBe('data 100 GiB kept')
})
