import { expect, test } from 'vitest'
import type { Failure, Outcome } from '../../../../src/core/outcome.ts'
import {
  formatSummary,
  plainStyle,
  subjectOf,
  summarize,
} from '../../../../src/operations/output/format/index.ts'
import { systemOf } from '../../../state/systems.ts'

type Said = Partial<Outcome<unknown, unknown>>
const outcome = (said: Said): Outcome<unknown, unknown> => ({
  on: {},
  successful: [],
  failure: [],
  left: [],
  ...said,
})
const answered = (host: string, value: unknown) => ({ host, value, ms: 1 })
const failed = (host: string, system?: string): Failure => ({
  ...{ host, code: 'exit', step: 'stop', message: '', detail: {} },
  ...(system === undefined ? {} : { target: { name: host, system } }),
})
const output = { stdout: 'up\n', stderr: '', exit: 0 }
const system = systemOf(1)
const marked = { via: 'ssh', defaults: {}, hosts: [{ name: 'web-1', system: system.id }] }

test.each<[string, Said]>([
  ['answered as such', { successful: [answered('web-1', system)] }],
  ['that are gone', { successful: [answered('web-1', { id: system.id, hostname: 'web-1', kept: [] })] }],
  ['that were provisioned', { successful: [answered('web-1', { type: 'redis', changed: 0, steps: [] })] }],
  ['marked as such, whatever they answered', { on: marked, successful: [answered('web-1', output)] }],
  ['that all failed', { failure: [failed('web-1', system.id)] }],
  ['beside what there never was', { successful: [answered('web-1', system)], failure: [failed('nobody')] }],
])('systems are counted as systems: %s', (_what, said) => {
  expect(subjectOf([outcome(said)])).toBe('system')
})

test.each<[string, Said]>([
  ['that answered', { successful: [answered('foo', output)] }],
  ['that failed', { failure: [failed('foo')] }],
  ['beside systems', { on: marked, successful: [answered('web-1', output), answered('foo', output)] }],
  ['of which nothing is known', {}],
  ['on no collection', { on: null, successful: [answered('foo', null)] }],
])('hosts are counted as hosts: %s', (_what, said) => {
  expect(subjectOf([outcome(said)])).toBe('host')
})

test('several outcomes are of systems when all of them are', () => {
  const systems = outcome({ successful: [answered('web-1', system)] })
  expect(subjectOf([systems, systems])).toBe('system')
  expect(subjectOf([systems, outcome({ successful: [answered('foo', output)] })])).toBe('host')
})

test('the last line says which', () => {
  const one = [outcome({ successful: [answered('web-1', system)] })]
  expect(formatSummary(summarize(one), 5, plainStyle, 'system')).toBe('1 system: 1 ok (5 ms)')
  expect(formatSummary(summarize([]), undefined, plainStyle, 'system')).toBe('no systems')
})
