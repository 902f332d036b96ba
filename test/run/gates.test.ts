import {
  choose,
  each,
  isSkipped,
  map,
  merge,
  named,
  parallel,
  pick,
  pipe,
  query,
  recover,
  some,
  source,
  successful,
  transform,
  when,
} from 're-ops'
import { describe, expect, test } from 'vitest'
import { closet, say, stage, tale } from './harness.ts'

describe('when', () => {
  test('yes lets the data pass unchanged', async () => {
    const at = stage()
    const out = await at.run(pipe(say(closet), when(some(value => value === 'a')), say('next')))
    expect(at.calls).toHaveLength(6)
    expect(isSkipped(out)).toBe(false)
  })

  test('no ends the pipeline as a success with its reason, and keeps the failures', async () => {
    const at = stage({ b: [{ fails: 'auth' }] })
    const gate = when<any>(() => ({ pass: false, reason: 'cool enough' }))
    const out = await at.run(pipe(say(closet), gate, say('next')))
    expect(out).toMatchObject({ status: 'skipped', step: 'when', reason: 'cool enough' })
    expect(tale((out as any).data)).toEqual(['a: ok "a"', 'b: auth', 'c: ok "c"'])
    expect(at.calls).toHaveLength(3)
  })

  test('inside a branch ends that branch alone', async () => {
    const out = await stage().run(
      parallel(
        pipe(
          when<number>(() => false),
          transform((n: number) => n),
        ),
        transform((n: number) => n + 1),
      ),
      1,
    )
    expect(out).toEqual([expect.objectContaining({ status: 'skipped', data: 1 }), 2])
  })

  test('inside an item ends that item alone', async () => {
    const odd = each(
      pipe(
        when((n: number) => n % 2 === 1),
        transform((n: number) => n * 10),
      ),
    )
    const out = await stage().run(odd, [1, 2, 3])
    expect(out).toEqual([10, expect.objectContaining({ status: 'skipped', data: 2 }), 30])
  })

  test('inside recover and choose ends the whole pipeline', async () => {
    const no = when<number>(() => false)
    const after = transform(() => 'went on')
    const rescue = transform(() => 0)
    expect(await stage().run(pipe(recover(no, rescue), after), 1)).toMatchObject({
      status: 'skipped',
      data: 1,
    })
    expect(
      await stage().run(
        pipe(
          choose<number, any>(() => true, no),
          after,
        ),
        1,
      ),
    ).toMatchObject({ status: 'skipped' })
  })

  test('what only looks a little like a skipped result is data', async () => {
    const alike = transform(() => ({ status: 'skipped', reason: 'mine' }))
    const out = await stage().run(
      pipe(
        recover(
          pipe(
            alike,
            when(() => true),
          ),
          transform(() => 0),
        ),
        transform(() => 'went on'),
      ),
    )
    expect(out).toBe('went on')
  })

  test('an answer that is neither yes nor no counts by what it is worth', async () => {
    const odd = when((() => null) as unknown as () => boolean)
    expect(await stage().run(odd, 1)).toMatchObject({ status: 'skipped', reason: 'when said no' })
  })
})

describe('choose', () => {
  const sign = choose(
    (n: number) => n < 0,
    transform((n: number) => `${-n} below`),
    transform((n: number) => `${n} above`),
  )

  test('goes one way or the other', async () => {
    expect([await stage().run(sign, -2), await stage().run(sign, 2)]).toEqual(['2 below', '2 above'])
  })

  test('without the other way passes what does not fit, in the middle and at the end', async () => {
    const double = choose(
      (n: number) => n < 10,
      transform((n: number) => n * 2),
    )
    expect(await stage().run(double, 20)).toBe(20)
    expect(await stage().run(pipe(double, double), 4)).toBe(16)
  })
})

describe('parallel', () => {
  test('gives every branch the same data and answers in their order', async () => {
    const out = await stage().run(
      parallel(
        transform((n: number) => n + 1),
        query<number>('$states.input * 10'),
        transform((n: number) => [n]),
      ),
      4,
    )
    expect(out).toEqual([5, 40, [4]])
  })

  test('ends the others when a branch throws', async () => {
    let told = false
    const at = stage({ a: ['hang'], b: ['hang'], c: ['hang'] })
    const both = parallel(
      say(closet),
      transform(() => {
        told = true
        throw new RangeError('too much')
      }),
    )
    await expect(at.run(both)).rejects.toMatchObject({ error: 'RangeError' })
    expect(told).toBe(true)
  })

  test('merge makes one outcome, with what both branches were given counted once', async () => {
    const at = stage({ a: [{ exits: 1 }], b: ['b', 'one', { exits: 2 }], c: ['c', { exits: 3 }, 'two'] })
    const out = await at.run(pipe(say(closet), parallel(say('x'), say('y')), merge()))
    expect(tale(out)).toHaveLength(5)
    expect(out.failure.filter(failure => failure.host === 'a')).toHaveLength(1)
    expect(out.on.hosts.map(host => host.name)).toEqual(['b', 'c'])
  })

  test('merge counts a host that one branch left out by what the other did with it', async () => {
    const out = await stage().run(
      pipe(
        say(closet),
        parallel(
          pick(r => r.ok && r.host === 'a'),
          pipe(
            pick(r => r.ok && r.host !== 'a'),
            say('x'),
          ),
        ),
        merge(),
      ),
    )
    expect(tale(out)).toEqual(['a: ok "a"', 'b: ok "b"', 'c: ok "c"'])
  })
})

describe('each', () => {
  const double = transform((n: number) => n * 2)

  test('does the same for every item, in the order of the items', async () => {
    expect(await stage().run(each(double), [1, 2, 3])).toEqual([2, 4, 6])
    expect(await stage().run(each(double, { atMost: 3 }), [1, 2, 3])).toEqual([2, 4, 6])
    expect(await stage().run(each(double), [])).toEqual([])
  })

  test('makes the list by a function', async () => {
    const out = await stage().run(
      pipe(
        say(closet),
        transform(o => o.successful),
        each(transform(one => one.value.length)),
      ),
    )
    expect(out).toEqual([1, 1, 1])
  })

  test.each([undefined, 3])('keeps items that are lists or nothing (at most %s)', async atMost => {
    const items = [[1, [2]], [], [[]], null, {}, '']
    const pass = each(
      transform((one: unknown) => one),
      atMost === undefined ? {} : { atMost: 9 },
    )
    expect(await stage().run(pass, items)).toEqual(items)
  })

  test('sees the input of the whole execution from within an item, however deep', async () => {
    const inner = each(transform((n: number, { input }) => `${n} of ${(input as number[][]).length}`))
    expect(await stage().run(each(inner), [[1], [2, 3]])).toEqual([['1 of 2'], ['2 of 2', '3 of 2']])
  })

  test('refuses more items than were promised, and what is no list', async () => {
    await expect(stage().run(each(double, { atMost: 2 }), [1, 2, 3])).rejects.toThrow('at most 2 items')
    await expect(stage().run(each(double) as any, 'abc')).rejects.toThrow('needs a list')
  })

  test('acts on hosts within items', async () => {
    const at = stage({ b: [{ exits: 1 }, { exits: 2 }] })
    const out = await at.run(
      pipe(
        source([closet, closet]),
        each(
          pipe(
            transform((on: typeof closet) => on),
            say(),
          ),
        ),
        merge(),
      ),
    )
    expect(out.failure).toHaveLength(2)
  })
})

describe('recover', () => {
  const broken = transform((): number => {
    throw new RangeError('too far')
  })

  test('hands the error over by its name and what it says', async () => {
    const caught = await stage().run(
      recover(
        broken,
        transform(c => c),
      ),
      1,
    )
    expect(caught).toMatchObject({ error: 'RangeError', cause: expect.stringContaining('too far') })
  })

  test('leaves other errors than those that it names', async () => {
    const pipeline = recover(
      broken,
      transform(() => 0),
      { errors: ['TypeError'] },
    )
    await expect(stage().run(pipeline, 1)).rejects.toMatchObject({ error: 'RangeError' })
  })

  test('goes on after the handler', async () => {
    const pipeline = pipe(
      recover(
        broken,
        transform(() => 1),
      ),
      transform(n => n + 1),
    )
    expect(await stage().run(pipeline, 1)).toBe(2)
  })

  test('passes on what came well, a list of one list included', async () => {
    const pass = (value: unknown) =>
      recover(
        transform(() => value),
        transform(() => 'caught'),
      )
    for (const value of [[], [[]], [1], [[1]], null, 0, '', {}])
      expect(await stage().run(pass(value))).toEqual(value)
  })

  test('catches what throws before its hosts are known, inside a retry', async () => {
    const hostless = pipe(
      transform((): typeof closet => {
        throw new Error('no inventory')
      }),
      say(),
    )
    const out = await stage().run(
      pipe(
        recover(
          hostless,
          transform(() => 'rescued'),
        ),
      ),
    )
    expect(out).toBe('rescued')
  })
})

describe('named', () => {
  test('names the failures of its step', async () => {
    const out = await stage({ a: [{ exits: 1 }] }).run(named('greet them all', say(closet)))
    expect(out.failure[0]).toMatchObject({ step: 'greet them all' })
  })

  test('a name that would be read as code is refused', async () => {
    const odd = '{% $states.input %}'
    await expect(stage().run(named(odd, say(closet)))).rejects.toMatchObject({ code: 'invalid-name' })
  })

  test('a step whose words look like code does what they say', async () => {
    const at = stage({ a: [{ exits: 1 }] })
    const words = [
      '{% $states.input %}',
      '$' + '{HOME} and {% 1 %}',
      '\u0007bell',
      '\ud800 half',
      '',
      'x'.repeat(500),
    ]
    for (const word of words) await at.run(say(closet, word))
    expect(at.calls.filter(call => call.host === 'a').map(call => call.command)).toEqual(words)
  })
})

describe('map and pick', () => {
  test('map changes each value; a throw is that host alone', async () => {
    const out = await stage().run(
      pipe(
        say(closet),
        pick(successful),
        map((value, { host }) => {
          if (host === 'b') throw new Error('not b')
          return value.length
        }),
      ),
    )
    expect(tale(out)).toEqual(['a: ok 1', 'b: exception', 'c: ok 1'])
  })

  test('map waits for promises', async () => {
    const out = await stage().run(
      pipe(
        say(closet),
        map(async value => `${value}!`),
      ),
    )
    expect(tale(out)).toContain('a: ok "a!"')
  })
})
