import { describe, expect, test } from 'vitest'
import type { Failure, Outcome } from '../../../../src/core/outcome.ts'
import {
  formatData,
  formatOutcome,
  formatSummary,
  plainStyle,
  summarize,
} from '../../../../src/operations/output/format/index.ts'

const said = (stdout: string, stderr = '', more = {}) => ({ stdout, stderr, exit: 0, ...more })

function outcome(
  answers: Readonly<Record<string, unknown>>,
  failure: readonly Partial<Failure>[] = [],
  left: Outcome<object, unknown>['left'] = [],
): Outcome<object, unknown> {
  const base = { code: 'exit', step: 'exec x', message: '', detail: {} } as const
  return {
    on: {},
    successful: Object.entries(answers).map(([host, value]) => ({ host, value, ms: 5 })),
    failure: failure.map(one => ({ ...base, host: 'nobody', ...one })),
    left,
  }
}

const lines = (...all: string[]) => all.join('\n')

describe('an outcome for a person', () => {
  test('has identical outputs once, under their hosts, the most frequent first', () => {
    const text = formatOutcome(
      outcome({ db: said('x\ny\n'), web1: said('a\nb\n'), web2: said('a\nb\n'), web3: said('a\nb\n') }),
      plainStyle,
    )
    expect(text).toBe(lines('web[1-3] (3)', '  a', '  b', 'db', '  x', '  y'))
  })

  test('has short answers beside their hosts', () => {
    expect(
      formatOutcome(
        outcome({ foo: said('up 3 days\n'), 'big-iron': said('up 9 days\n'), bar: said('') }),
        plainStyle,
      ),
    ).toBe(lines('foo       up 3 days', 'big-iron  up 9 days', 'bar       (nothing)'))
  })

  test('marks what came by stderr', () => {
    expect(formatOutcome(outcome({ foo: said('done\n', 'careful\n') }), plainStyle)).toBe(
      lines('foo', '  done', '  ! careful'),
    )
  })

  test('never takes outputs for the same when only their ends are here', () => {
    const kept = (ref: string) => ({ kept: { stdout: { bytes: 2_000_000, ref } } })
    const text = formatOutcome(
      outcome({ a: said('end\n', '', kept('/one')), b: said('end\n', '', kept('/two')) }),
      plainStyle,
    )
    expect(text).toBe(
      lines(
        'a',
        '  … the end of 2.0 MB, kept in /one',
        '  end',
        'b',
        '  … the end of 2.0 MB, kept in /two',
        '  end',
      ),
    )
  })

  test('shows the end of a long output on a terminal and says how much is above it', () => {
    const text = formatOutcome(outcome({ foo: said('1\n2\n3\n4\n5\n') }), { color: false, lines: 2 })
    expect(text).toBe(lines('foo', '  … 3 earlier lines; --json has them', '  4', '  5'))
  })

  test('has failures last, by their code, with step, message and the end of stderr', () => {
    const failed = { message: 'exit status 2: gone', detail: said('', 'one\ngone\n') }
    const text = formatOutcome(
      outcome({ ok: said('fine\n') }, [
        { host: 'dusty', code: 'unreachable', message: 'dusty: nothing listens' },
        { host: 'w1', ...failed },
        { host: 'w2', ...failed },
      ]),
      plainStyle,
    )
    expect(text).toBe(
      lines(
        'ok  fine',
        'exit (2)',
        '  w[1-2]  exec x: exit status 2',
        '    one',
        '    gone',
        'unreachable (1)',
        '  dusty  exec x: nothing listens',
      ),
    )
  })

  test('says a single line of stderr once', () => {
    const text = formatOutcome(
      outcome({}, [{ host: 'a', message: 'exit status 1: gone', detail: said('', 'gone\n') }]),
      plainStyle,
    )
    expect(text).toBe(lines('exit (1)', '  a  exec x: exit status 1: gone'))
  })

  test('lists briefly who was left out', () => {
    const left = ['w1', 'w2'].map(host => ({ host, step: 'pick full', reason: 'not picked' }))
    expect(formatOutcome(outcome({ db: 1 }, [], left), plainStyle)).toBe(
      lines('db  1', 'left out: w[1-2]  pick full: not picked'),
    )
  })

  test('lets no host write to the terminal by its output, its name or its failure', () => {
    const evil = '\u001b]0;owned\u0007'
    const text = formatOutcome(
      outcome({ [evil]: said(evil, evil), b: { [evil]: [evil] } }, [
        { host: evil, step: evil, message: evil, detail: said('', evil) },
      ]),
      plainStyle,
    )
    expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f]/)
  })

  test.each([
    [
      { os: 'Debian', cpus: 4, disks: ['a', 'b'] },
      lines('h', '  os     Debian', '  cpus   4', '  disks  a, b'),
    ],
    [['x', 2, null], lines('h', '  x', '  2', '  -')],
    [
      [
        { name: 'a', size: 3 },
        { name: '日本', size: 40 },
      ],
      lines('h', '  name  size', '  a     3', '  日本  40'),
    ],
    [true, 'h  true'],
    [null, 'h  (nothing)'],
  ])('prints %j as it is best read', (value, text) => {
    expect(formatOutcome(outcome({ h: value }), plainStyle)).toBe(text)
  })
})

describe('other data', () => {
  test('of branches is printed one after the other', () => {
    expect(formatData([outcome({ a: 1 }), outcome({ b: 2 })], plainStyle)).toBe(
      lines('— 1', 'a  1', '— 2', 'b  2'),
    )
  })

  test('of a gate is its reason, after what had come so far', () => {
    const skipped = {
      status: 'skipped',
      step: 'when hot',
      reason: 'when hot said no',
      data: outcome({ a: 1 }),
    }
    expect(formatData(skipped, plainStyle)).toBe(lines('a  1', 'skipped at when hot: when hot said no'))
  })

  test('of other kinds is printed as it is', () => {
    expect(formatData('two\nlines\n', plainStyle)).toBe(lines('two', 'lines'))
    expect(formatData(7, plainStyle)).toBe('7')
  })
})

describe('the last line', () => {
  test('counts hosts by what became of them', () => {
    const out = outcome(
      { a: 1, b: 2 },
      [
        { host: 'c', code: 'unreachable' },
        { host: 'd', code: 'auth' },
      ],
      [{ host: 'e', step: 'pick', reason: 'not picked' }],
    )
    expect(formatSummary(summarize([out]), 1_234, plainStyle)).toBe(
      '5 hosts: 2 ok, 1 unreachable, 1 auth, 1 left out (1.2 s)',
    )
  })

  test('counts a host that failed once and answered later as failed, and everyone once', () => {
    const out = outcome({ a: 1 }, [{ host: 'a', code: 'timeout' }])
    expect(summarize([out, out])).toEqual({ total: 1, ok: 0, left: 0, failed: { timeout: 1 } })
  })

  test('speaks of one host as one', () => {
    expect(formatSummary(summarize([outcome({ a: 1 })]), 5, plainStyle)).toBe('1 host: 1 ok (5 ms)')
  })
})
