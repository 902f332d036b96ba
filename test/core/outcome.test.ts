import { failed, map, merge, pick, some, successful } from 're-ops'
import { describe, expect, test } from 'vitest'
import type { Hosts } from '../../src/core/hosts.ts'
import { hosts } from '../../src/core/hosts.ts'
import { settle } from '../../src/core/operation/settle.ts'
import type { Failure, Outcome } from '../../src/core/outcome.ts'
import type { TaskStep } from '../../src/core/step.ts'

const about = { input: null, execution: { id: 'e', name: 'e', flow: 'f', startedAt: '' } }
const failure = (host: string, more: Partial<Failure> = {}): Failure => ({
  host,
  code: 'exit',
  step: 'say',
  message: 'no',
  detail: {},
  ...more,
})
const success = (host: string, value: unknown = host) => ({ host, value, ms: 1 })

function outcome(reached: string[], failures: Failure[] = [], left: string[] = []): Outcome<Hosts, any> {
  return {
    on: hosts(reached),
    successful: reached.map(host => success(host)),
    failure: failures,
    left: left.map(host => ({ host, step: 'pick', reason: 'not picked' })),
  }
}

const call = (operation: { readonly step: unknown }, data: unknown): any =>
  (operation.step as TaskStep).closure!(data, about, 'this step')
const names = (on: Hosts) => on.hosts.map(host => host.name)

describe('pick', () => {
  test('narrows what comes next, and lists what it left out', () => {
    const out = call(
      pick(result => result.host !== 'b'),
      outcome(['a', 'b', 'c']),
    )
    expect(names(out.on)).toEqual(['a', 'c'])
    expect(out.left).toEqual([{ host: 'b', step: 'this step', reason: 'not picked' }])
  })

  test('failed acts on those that failed, and leaves the others', () => {
    const out = call(pick(failed), outcome(['a'], [failure('b', { target: { name: 'b', port: 5 } })]))
    expect(out.on.hosts).toEqual([{ name: 'b', port: 5 }])
    expect(out.failure).toHaveLength(1)
    expect(out.left).toEqual([expect.objectContaining({ host: 'a' })])
  })

  test('successful keeps failures as failures', () => {
    const before = outcome(['a'], [failure('b')])
    expect(call(pick(successful), before)).toEqual(before)
  })

  test('sees the last failure of a host alone, and none of one that came back or was left', () => {
    const seen: unknown[] = []
    const before = outcome(
      ['b'],
      [failure('a', { code: 'auth' }), failure('a'), failure('b'), failure('c')],
      ['c'],
    )
    call(
      pick(result => {
        if (!result.ok) seen.push([result.host, result.code])
        return true
      }),
      before,
    )
    expect(seen).toEqual([['a', 'exit']])
  })

  test.each([null, 5, [], hosts(['a'])])('refuses %j', data => {
    expect(() => call(pick(failed), data)).toThrow(expect.objectContaining({ name: 'UnexpectedData' }))
  })
})

describe('map', () => {
  test('changes values, and tells the host and the input', async () => {
    const out = await call(
      map((value, { host, input }) => [value, host, input] as const),
      outcome(['a']),
    )
    expect(out.successful).toEqual([success('a', ['a', 'a', null])])
  })

  test('a throw, in a promise or not, is the failure of that host', async () => {
    for (const change of [
      (value: string) => {
        if (value === 'a') throw new Error('not a')
        return value
      },
      async (value: string) => {
        if (value === 'a') throw new Error('not a')
        return value
      },
    ]) {
      const out = await call(map(change), outcome(['a', 'b'], [failure('c')]))
      expect(names(out.on)).toEqual(['b'])
      expect(out.failure.map((one: Failure) => [one.host, one.code])).toEqual([
        ['c', 'exit'],
        ['a', 'exception'],
      ])
    }
  })

  test('refuses what is no outcome, and says what to use', async () => {
    await expect(
      call(
        map(value => value),
        5,
      ),
    ).rejects.toThrow('use transform')
  })
})

describe('some', () => {
  test('is true when one value fits', () => {
    expect(some(value => value === 'b')(outcome(['a', 'b']))).toBe(true)
    expect(some((_value, host) => host === 'c')(outcome(['a', 'b']))).toBe(false)
    expect(() => some(() => true)(5 as any)).toThrow(expect.objectContaining({ name: 'UnexpectedData' }))
  })
})

describe('merge', () => {
  test('counts once what both were given', () => {
    const shared = failure('x')
    const out = call(merge(), [outcome(['a'], [shared, failure('b')]), outcome(['a', 'b'], [shared])])
    expect(out.failure).toEqual([shared, failure('b')])
    expect(names(out.on)).toEqual(['a', 'b'])
  })

  test('keeps the last value of a host, and no host is left that one of them knows more of', () => {
    const a = { ...outcome(['a'], [], ['b', 'c']), successful: [success('a', 'old')] }
    const b = {
      ...outcome(['a', 'b'], [failure('d')], ['c']),
      successful: [success('a', 'new'), success('b')],
    }
    const out = call(merge(), [a, b])
    expect(out.successful).toEqual([success('a', 'new'), success('b')])
    expect(out.left.map((one: { host: string }) => one.host)).toEqual(['c', 'c'])
  })

  test('failures remember the way to their hosts where ways differ', () => {
    const a = { ...outcome([], [failure('x')]), on: hosts({ user: 'ops' }, ['a']) }
    const b = { ...outcome([], [failure('y')]), on: hosts({ via: 'agent', port: 5 }, ['b']) }
    const out = call(merge(), [a, b])
    expect(out.failure.map((one: Failure) => one.target)).toEqual([
      { via: 'ssh', user: 'ops', name: 'x' },
      { via: 'agent', port: 5, name: 'y' },
    ])
  })

  test.each([null, [], [5], outcome(['a'])])('refuses %j', data => {
    expect(() => call(merge(), data)).toThrow(expect.objectContaining({ name: 'UnexpectedData' }))
  })
})

describe('settle', () => {
  const policy = {
    attempts: 3,
    seconds: 2,
    backoff: 2,
    maxSeconds: 5,
    jitter: false,
    codes: ['exit'] as const,
  }
  const decide = (loop: object, more: object = {}, context: object = {}): any =>
    settle.handle({ prior: null, attempt: 1, ...loop }, { ...policy, ...more }, {
      clock: { now: () => 5 },
      ...context,
    } as any)
  const before = hosts(['a', 'b', 'c'])

  test('sends those again whose failure is worth it', () => {
    const settled = decide({ before, now: outcome(['a'], [failure('b'), failure('c', { code: 'auth' })]) })
    expect(settled).toMatchObject({ again: true, seconds: 2 })
    expect(names(settled.next)).toEqual(['b'])
  })

  test('waits longer each time, up to the longest, and never less than a second', () => {
    const wait = (attempt: number, more = {}) =>
      decide({ before, now: outcome([], [failure('a')]), attempt }, { attempts: 9, ...more }).seconds
    expect([1, 2, 3, 4].map(attempt => wait(attempt))).toEqual([2, 4, 5, 5])
    for (let round = 0; round < 50; round++) expect([1, 2]).toContain(wait(1, { jitter: true }))
  })

  test('ends with the last attempt, with success, or when the time is over', () => {
    const now = outcome([], [failure('a')])
    expect(decide({ before, now, attempt: 3 }).again).toBe(false)
    expect(decide({ before, now: outcome(['a', 'b', 'c']) }).again).toBe(false)
    expect(decide({ before, now }, {}, { deadline: 5 }).again).toBe(false)
    expect(decide({ before, now }, {}, { deadline: 6 }).again).toBe(true)
  })

  test('counts only failures of its own', () => {
    const given = outcome(['a', 'b'], [failure('b')])
    const now = { ...outcome(['a'], [failure('b')], ['b']) }
    expect(decide({ before: given, now }).again).toBe(false)
  })

  test('leaves data that is no outcome as it is', () => {
    expect(decide({ before, now: 5 })).toEqual({ again: false, seconds: 0, next: null, outcome: 5 })
    expect(decide({ before: null, now: outcome(['a']) })).toMatchObject({
      again: false,
      outcome: outcome(['a']),
    })
  })
})
