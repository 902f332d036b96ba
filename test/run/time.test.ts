import { pick, pipe, poll, recover, source, successful, timeout, transform, wait } from 're-ops'
import { describe, expect, test } from 'vitest'
import { closet, say, stage, tale } from './harness.ts'

describe('timeout', () => {
  test('fails the hosts that have not answered and keeps what the others said', async () => {
    const at = stage({ b: ['hang'], c: [{ after: 4_000, says: 'just in time' }] })
    const out = await at.run(timeout(say(closet), '5s'))
    expect(tale(out)).toEqual(['a: ok "a"', 'b: timeout', 'c: ok "just in time"'])
  })

  test('keeps the others even when a host ignores its deadline', async () => {
    const at = stage({ b: ['ignore everything'] })
    const out = await at.run(timeout(say(closet), '5s'))
    expect(tale(out)).toEqual(['a: ok "a"', 'b: unknown', 'c: ok "c"'])
  })

  test('counts from its beginning, over all the steps inside', async () => {
    const slow = { after: 3_000, says: 'slow' }
    const at = stage({ b: [slow, slow] })
    const out = await at.run(timeout(pipe(say(closet, 'one'), say('two')), '5s'))
    expect(tale(out)).toEqual(['a: ok "a"', 'b: timeout', 'c: ok "c"'])
  })

  test('nested ones end with the earlier', async () => {
    const at = stage({ b: ['hang'] })
    const began = at.clock.now()
    await at.run(timeout(timeout(say(closet), '1h'), '5s'))
    expect(at.clock.now() - began).toBe(5_000)
    await at.run(timeout(timeout(say(closet), '5s'), '1h'))
    expect(at.clock.now() - began).toBe(10_000)
  })

  test('hosts that had no turn are failures and not missing', async () => {
    const at = stage({ a: ['hang'] }, { concurrency: 1 })
    const out = await at.run(timeout(say(closet), '5s'))
    expect(tale(out)).toEqual(['a: timeout', 'b: timeout', 'c: timeout'])
    expect(at.called()).toEqual(['a'])
  })

  test('ends a step that does not act on hosts with States.Timeout', async () => {
    const stuck = timeout(
      transform(() => new Promise<number>(() => {})),
      '5s',
    )
    await expect(stage().run(stuck)).rejects.toMatchObject({ error: 'States.Timeout' })
  })

  test('can be recovered from', async () => {
    const stuck = timeout(
      transform(() => new Promise<number>(() => {})),
      '5s',
    )
    const rescued = recover(
      stuck,
      transform(caught => caught),
    )
    expect(await stage().run(rescued)).toEqual({ error: 'States.Timeout', cause: '' })
  })

  test('cuts a wait, by duration and by moment', async () => {
    const at = stage()
    const began = at.clock.now()
    await at.run(timeout(wait('1h'), '5s'), 1)
    expect(at.clock.now() - began).toBe(5_000)
    await at.run(timeout(wait({ until: new Date(at.clock.now() + 3_600_000) }), '5s'), 1)
    expect(at.clock.now() - began).toBe(10_000)
  })

  test('does not lengthen a wait that ends earlier', async () => {
    const at = stage()
    const until = at.clock.now() + 3_000
    await at.run(timeout(wait({ until: new Date(until) }), '1h'), 1)
    expect(at.clock.now()).toBe(until)
  })

  test('is over when what follows it begins', async () => {
    const at = stage({ a: ['quick', { after: 60_000, says: 'slow' }] })
    const out = await at.run(pipe(timeout(say(closet), '5s'), say('later')))
    expect(tale(out)).toContain('a: ok "slow"')
  })
})

describe('wait', () => {
  test('passes its data on when the time is over', async () => {
    const at = stage()
    const began = at.clock.now()
    expect(await at.run(wait('2m'), { x: [1] })).toEqual({ x: [1] })
    expect(at.clock.now() - began).toBe(120_000)
  })
})

describe('poll', () => {
  test('repeats on the same data until the answer fits', async () => {
    const at = stage({ b: [{ fails: 'unreachable' }, { fails: 'unreachable' }, 'up'] })
    const up = poll(say(closet), out => out.failure.length === 0, '5s', '1m')
    const began = at.clock.now()
    expect(tale(await at.run(up))).toEqual(['a: ok "a"', 'b: ok "up"', 'c: ok "c"'])
    expect(at.clock.now() - began).toBe(10_000)
  })

  test('fails with PollTimeout, and the reason, when the time is over', async () => {
    const at = stage({ b: [{ fails: 'unreachable' }] })
    const never = poll(say(closet), () => ({ pass: false, reason: 'b is down' }), '5s', '12s')
    await expect(at.run(never)).rejects.toMatchObject({
      error: 'PollTimeout',
      message: expect.stringContaining('b is down'),
    })
    expect(at.called().filter(host => host === 'b')).toHaveLength(3)
  })

  test('can be recovered from', async () => {
    const never = poll(say(closet), () => false, '5s', '12s')
    const rescued = recover(
      never,
      transform(caught => caught.error),
      { errors: ['PollTimeout'] },
    )
    expect(await stage().run(rescued)).toBe('PollTimeout')
  })

  test('ends with the timeout around it', async () => {
    const at = stage()
    const began = at.clock.now()
    const never = timeout(
      poll(
        transform((n: number) => n),
        () => false,
        '5s',
        '1h',
      ),
      '20s',
    )
    await expect(at.run(never, 1)).rejects.toMatchObject({ error: 'PollTimeout' })
    expect(at.clock.now() - began).toBe(20_000)
  })

  test('polls inside one another do not disturb each other', async () => {
    let calls = 0
    const inner = poll(
      transform((n: number) => n + ++calls),
      n => n % 2 === 0,
      '1s',
      '1m',
    )
    const outer = poll(inner, n => n >= 6, '1s', '5m')
    expect(await stage().run(pipe(source(0), outer))).toBe(6)
  })

  test('acts on the outcome that the step before handed on, each time', async () => {
    const at = stage({ a: [{ exits: 1 }], b: ['x', 'not yet', 'yes'] })
    const out = await at.run(
      pipe(
        say(closet),
        pick(successful),
        poll(say('again'), o => o.successful.some(s => s.value === 'yes'), '1s', '1m'),
      ),
    )
    expect(tale(out)).toEqual(['a: exit', 'b: ok "yes"', 'c: ok "c"'])
  })
})
