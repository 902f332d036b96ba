import {
  failed,
  fallback,
  parallel,
  pick,
  pipe,
  recover,
  retry,
  some,
  timeout,
  transform,
  when,
} from 're-ops'
import { describe, expect, test } from 'vitest'
import { UnexpectedData } from '../../src/core/errors.ts'
import { closet, say, stage, tale } from './harness.ts'

describe('retry on hosts', () => {
  test('does again only those that failed, and keeps what the others said', async () => {
    const at = stage({ a: ['fine'], b: [{ fails: 'unreachable' }, 'at last'], c: ['fine'] })
    const out = await at.run(retry(say(closet)))
    expect(tale(out)).toEqual(['a: ok "fine"', 'b: ok "at last"', 'c: ok "fine"'])
    expect(at.called()).toEqual(['a', 'b', 'c', 'b'])
  })

  test.each(['auth', 'host-key', 'unknown', 'cancelled'] as const)('leaves %s alone', async code => {
    const at = stage({ b: [{ fails: code }, 'never said'] })
    const out = await at.run(retry(say(closet)))
    expect(tale(out)).toContain(`b: ${code}`)
    expect(at.called()).toEqual(['a', 'b', 'c'])
  })

  test.each(['unreachable', 'timeout', 'exit', 'exception'] as const)('tries %s again', async code => {
    const at = stage({ b: [{ fails: code }, 'healed'] })
    expect(tale(await at.run(retry(say(closet))))).toContain('b: ok "healed"')
  })

  test('tries what its codes name and nothing else', async () => {
    const at = stage({ a: [{ fails: 'unknown' }, 'twice'], b: [{ fails: 'exit' }, 'twice'] })
    const out = await at.run(retry(say(closet), { codes: ['unknown'] }))
    expect(tale(out)).toEqual(['a: ok "twice"', 'b: exit', 'c: ok "c"'])
  })

  test('gives up after its attempts, and says how many there were', async () => {
    const at = stage({ b: [{ exits: 3 }] })
    const out = await at.run(retry(say(closet), { attempts: 4 }))
    expect(at.called().filter(host => host === 'b')).toHaveLength(4)
    expect(out.failure).toEqual([
      expect.objectContaining({ host: 'b', code: 'exit', message: expect.stringContaining('attempt 4') }),
    ])
  })

  test('waits longer between attempts, and no longer than max', async () => {
    const at = stage({ b: [{ exits: 1 }] })
    const began = at.clock.now()
    await at.run(retry(say(closet), { attempts: 5, every: '2s', backoff: 3, max: '10s', jitter: false }))
    expect(at.clock.now() - began).toBe((2 + 6 + 10 + 10) * 1000)
  })

  test('keeps the order of hosts in what the next step acts on', async () => {
    const at = stage({ a: [{ exits: 1 }, 'a'], c: [{ exits: 1 }, 'c'] })
    const out = await at.run(retry(say(closet)))
    expect(out.on.hosts.map(host => host.name)).toEqual(['a', 'b', 'c'])
  })

  test('repeats several steps for a host that failed at any of them', async () => {
    const at = stage({ a: ['1', '2'], b: ['1', { exits: 1 }, '1 again', '2 again'] })
    const out = await at.run(retry(pipe(say(closet, 'one'), say('two'))))
    expect(tale(out)).toEqual(['a: ok "2"', 'b: ok "2 again"', 'c: ok "c"'])
    expect(at.calls.map(call => `${call.host} ${call.command}`).slice(-2)).toEqual(['b one', 'b two'])
  })

  test('keeps the failures that had come before it, and does not repeat their hosts', async () => {
    const at = stage({ a: [{ exits: 1 }, 'not asked again'], b: ['first', { exits: 1 }, 'second'] })
    const out = await at.run(pipe(say(closet, 'one'), retry(say('two'))))
    expect(tale(out)).toEqual(['a: exit', 'b: ok "second"', 'c: ok "c"'])
    expect(at.called().filter(host => host === 'a')).toHaveLength(1)
  })

  test('does not repeat a host that its own pick left out for what failed earlier', async () => {
    const at = stage({ a: [{ exits: 1 }, 'back'] })
    const out = await at.run(
      pipe(
        say(closet, 'one'),
        pick(failed),
        retry(
          pipe(
            say('two'),
            pick(r => r.ok && r.value === 'never'),
          ),
        ),
      ),
    )
    expect(at.calls.filter(call => call.host === 'a')).toHaveLength(2)
    expect(tale(out)).toEqual(['a: exit', 'a: left', 'b: left', 'c: left'])
  })

  test('keeps the hosts of earlier attempts when a gate ends a later one', async () => {
    const at = stage({ b: [{ exits: 1 }, 'late'] })
    const gated = retry(pipe(say(closet), when(some(value => value !== 'late'))))
    const out = await at.run(gated)
    expect(out).toMatchObject({ status: 'skipped', step: 'when some' })
    expect(tale((out as { data: any }).data)).toEqual(['a: ok "a"', 'b: ok "late"', 'c: ok "c"'])
  })

  test('goes on past a gate that lets every attempt pass', async () => {
    const at = stage({ b: [{ exits: 1 }, 'late'] })
    const out = await at.run(
      pipe(
        retry(
          pipe(
            say(closet),
            when(() => true),
          ),
        ),
        say('on'),
      ),
    )
    expect(tale(out as any)).toHaveLength(3)
  })

  test('inside a timeout stops when the time is over', async () => {
    const at = stage({ b: [{ fails: 'unreachable' }] })
    const began = at.clock.now()
    const out = await at.run(
      timeout(retry(say(closet), { attempts: 100, every: '10s', jitter: false }), '1m'),
    )
    expect(at.clock.now() - began).toBe(60_000)
    expect(tale(out)).toEqual(['a: ok "a"', 'b: timeout', 'c: ok "c"'])
  })

  test('leaves data that is no outcome as it is', async () => {
    const at = stage({ b: [{ exits: 1 }] })
    expect(
      await at.run(
        retry(
          pipe(
            say(closet),
            transform(out => out.failure.length),
          ),
        ),
      ),
    ).toBe(1)
    expect(at.called()).toEqual(['a', 'b', 'c'])
  })

  test('retries nested in one another multiply', async () => {
    const at = stage({ b: [{ exits: 1 }] })
    await at.run(retry(retry(say(closet), { attempts: 2 }), { attempts: 3 }))
    expect(at.called().filter(host => host === 'b')).toHaveLength(6)
  })
})

describe('retry of other steps', () => {
  test('repeats a step that throws', async () => {
    let calls = 0
    const flaky = transform((n: number) => {
      if (++calls < 3) throw new Error('not yet')
      return n + 1
    })
    expect(await stage().run(retry(flaky), 1)).toBe(2)
    expect(calls).toBe(3)
  })

  test('repeats several steps from the first', async () => {
    const seen: string[] = []
    const two = pipe(
      transform((n: number) => {
        seen.push('one')
        return n + 1
      }),
      transform(n => {
        seen.push('two')
        if (seen.length < 4) throw new Error('not yet')
        return n * 10
      }),
    )
    expect(await stage().run(retry(two), 1)).toBe(20)
    expect(seen).toEqual(['one', 'two', 'one', 'two'])
  })

  test('repeats all branches when one of them throws', async () => {
    let left = 0
    let right = 0
    const both = retry(
      parallel(
        transform((n: number) => n + ++left * 0),
        transform((n: number) => {
          if (++right < 2) throw new Error('not yet')
          return -n
        }),
      ),
    )
    expect(await stage().run(both, 1)).toEqual([1, -1])
    expect([left, right]).toEqual([2, 2])
  })

  test('does not repeat what can never heal', async () => {
    let calls = 0
    const wrong = transform(() => {
      calls++
      throw new UnexpectedData('as wrong the next time')
    })
    await expect(stage().run(retry(wrong))).rejects.toMatchObject({ error: 'UnexpectedData' })
    expect(calls).toBe(1)
  })

  test('throws the last error when the attempts are used up', async () => {
    let calls = 0
    const broken = transform(() => {
      throw new Error(`failure ${++calls}`)
    })
    await expect(stage().run(retry(broken, { attempts: 2 }))).rejects.toThrow('failure 2')
  })
})

describe('fallback', () => {
  test('goes the other way for hosts on which nothing can have been executed', async () => {
    const at = stage({
      a: [{ fails: 'unreachable' }],
      b: [{ fails: 'auth' }],
      c: [{ fails: 'host-key' }],
      'a by agent': ['a anyway'],
      'b by agent': ['b anyway'],
      'c by agent': [{ fails: 'exit' }],
    })
    const out = await at.run(fallback(say(closet), 'agent'))
    expect(tale(out)).toEqual(['a: ok "a anyway"', 'b: ok "b anyway"', 'c: exit'])
    expect(out.on.hosts).toEqual([
      { name: 'a', via: 'agent' },
      { name: 'b', via: 'agent' },
    ])
  })

  test.each(['timeout', 'exit', 'exception', 'unknown', 'cancelled'] as const)(
    'does not repeat %s',
    async code => {
      const at = stage({ b: [{ fails: code }] })
      expect(tale(await at.run(fallback(say(closet), 'agent')))).toContain(`b: ${code}`)
      expect(at.called()).toEqual(['a', 'b', 'c'])
    },
  )

  test('does not repeat a first step that was executed for a second that was not', async () => {
    const at = stage({ b: ['done', { fails: 'unreachable' }] })
    const out = await at.run(fallback(pipe(say(closet, 'one'), say('two')), 'agent'))
    expect(tale(out)).toContain('b: unreachable')
    expect(at.called()).not.toContain('b by agent')
  })

  test.each([
    ['retry', () => fallback(retry(say(closet), { attempts: 2 }), 'agent')],
    ['timeout', () => fallback(timeout(say(closet), '1h'), 'agent')],
    ['fallback', () => fallback(fallback(say(closet), 'ssm'), 'agent')],
    [
      'recover',
      () =>
        fallback(
          recover(
            say(closet),
            transform((): never => process.exit()),
          ),
          'agent',
        ),
    ],
  ])('reaches into %s', async (_name, pipeline) => {
    const at = stage({
      b: [{ fails: 'unreachable' }],
      'b by ssm': [{ fails: 'unreachable' }],
      'b by agent': ['anyway'],
    })
    expect(tale((await at.run(pipeline())) as any)).toContain('b: ok "anyway"')
  })

  test('what ends the second way is told with its attempt', async () => {
    const at = stage({ b: [{ fails: 'unreachable' }], 'b by agent': [{ fails: 'auth' }] })
    const out = await at.run(fallback(say(closet), 'agent'))
    expect(out.failure).toEqual([
      expect.objectContaining({ host: 'b', code: 'auth', message: expect.stringContaining('attempt 2') }),
    ])
  })
})
