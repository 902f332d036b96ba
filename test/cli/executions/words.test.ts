import { describe, expect, test } from 'vitest'
import { parseSince } from '../../../src/cli/executions/since.ts'
import { exitStatus, parseStatus } from '../../../src/cli/executions/status.ts'
import { paintedTable } from '../../../src/operations/output/format/painted-table.ts'

const now = Date.parse('2026-11-22T12:00')

test.each([
  ['90s', now - 90_000],
  ['2h', now - 7_200_000],
  ['1.5h', now - 5_400_000],
  ['7d', now - 604_800_000],
  ['2026-11-01', Date.parse('2026-11-01T00:00')],
  ['2026-11-01T08:30', Date.parse('2026-11-01T08:30')],
  ['2026-11-01T08:30:00Z', Date.UTC(2026, 10, 1, 8, 30)],
])('--since %s', (text, expected) => expect(parseSince(text, now)).toBe(expected))

test.each(['', '2', '2y', '-2h', '20261101', '2026-02-31x', 'now'])('--since %j is refused', text => {
  expect(() => parseSince(text, now)).toThrow(/^--since is /)
})

test.each(['timed-out', 'TIMED_OUT', 'Timed-Out', 'timed out'])('--status %s', text =>
  expect(parseStatus(text)).toBe('TIMED_OUT'),
)

test('a host that failed makes a succeeded execution exit with 1', () => {
  const outcome = (failure: object[]) => ({ on: [], successful: [], failure, left: [] })
  expect(exitStatus('SUCCEEDED', outcome([]))).toBe(0)
  expect(exitStatus('SUCCEEDED', [outcome([{ host: 'foo', code: 'exit' }])])).toBe(1)
  expect(exitStatus('SUCCEEDED', undefined)).toBe(0)
  expect(exitStatus('ABORTED', undefined)).toBe(1)
})

describe('a table', () => {
  const columns = [{ heading: 'name', share: 0.25 }, 'what'] as const
  const rows = [
    ['x'.repeat(30), { text: 'bad\u001b[31m', tone: 'red' }],
    ['y', '語語語語語語語語語語語語語語語語語語語語'],
  ] as const

  test('is as wide as what it holds where there is no terminal', () => {
    expect(paintedTable(columns, rows, { color: false })[1]).toBe(`${'x'.repeat(30)}  bad␛[31m`)
  })

  test('cuts what does not fit a terminal, and keeps its colours whole', () => {
    const [head, first, second] = paintedTable(columns, rows, { color: true, columns: 40 })
    expect(head).toBe('\u001b[1mname\u001b[22m        \u001b[1mwhat\u001b[22m')
    expect(first).toBe(`${'x'.repeat(9)}…  \u001b[31mbad␛[31m\u001b[39m`)
    expect(second).toBe(`y           ${'語'.repeat(13)}…`)
  })
})
