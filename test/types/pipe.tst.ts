import {
  choose,
  each,
  failed,
  fallback,
  type HostOperation,
  type Hosts,
  hosts,
  map,
  merge,
  named,
  type Operation,
  type Outcome,
  parallel,
  pick,
  pipe,
  poll,
  pretty,
  query,
  recover,
  retry,
  type Skipped,
  type Success,
  some,
  source,
  successful,
  timeout,
  transform,
  wait,
  when,
} from 're-ops'
import { describe, expect, test } from 'tstyche'

interface Said {
  readonly text: string
}
type SaidByAll = Outcome<Hosts, Said>

declare const say: HostOperation<[word?: string], Said>
declare const closet: Hosts
const length = transform((text: string) => text.length)
const double = transform((n: number) => n * 2)
const print = transform((n: number) => `${n}`)

describe('pipe', () => {
  test('takes what its first step takes and answers what its last one answers', () => {
    expect(pipe(length, double, print)).type.toBe<Operation<string, string>>()
    expect(pipe(say(closet), say('again'))).type.toBe<Operation<void, SaidByAll>>()
  })

  test('refuses a step that does not accept what the one before answers', () => {
    expect(pipe).type.not.toBeCallableWith(length, print, double)
    expect(pipe).type.not.toBeCallableWith(length, length)
    expect(pipe).type.not.toBeCallableWith(say(closet), double)
    expect(pipe).type.not.toBeCallableWith(double, say())
  })

  test('says plainly what does not fit', () => {
    // @ts-expect-error Type 'number' is not assignable to type 'string'
    pipe(length, length)
    // @ts-expect-error is not assignable to type 'number'
    pipe(say(closet), double)
  })

  test('takes sources only at the start', () => {
    expect(pipe).type.not.toBeCallableWith(say(closet), say(closet))
    expect(pipe).type.not.toBeCallableWith(length, source(1))
    expect(pipe).type.not.toBeCallableWith(length, source(1), double)
    expect(pipe(source(closet), say())).type.toBe<Operation<void, SaidByAll>>()
  })

  test('takes operations and nothing else', () => {
    expect(pipe).type.not.toBeCallableWith()
    expect(pipe).type.not.toBeCallableWith(length, (n: number) => n)
    expect(pipe).type.not.toBeCallableWith(say)
  })

  test('is associative', () => {
    const flat = pipe(length, double, print)
    expect(pipe(pipe(length, double), print)).type.toBe<typeof flat>()
    expect(pipe(length, pipe(double, print))).type.toBe<typeof flat>()
    const gated = pipe(
      length,
      when(n => n > 1),
      print,
    )
    expect(
      pipe(
        pipe(
          length,
          when(n => n > 1),
        ),
        print,
      ),
    ).type.toBe<typeof gated>()
  })

  test('types the closures of ten and twelve steps', () => {
    expect(
      pipe(
        say(closet),
        pick(r => r.ok && r.value.text === '1'),
        pick(r => r.ok && r.value.text === '2'),
        pick(r => r.ok && r.value.text === '3'),
        pick(r => r.ok && r.value.text === '4'),
        pick(r => r.ok && r.value.text === '5'),
        pick(r => r.ok && r.value.text === '6'),
        pick(r => r.ok && r.value.text === '7'),
        map(value => value.text.length),
        transform(out => out.successful.map(one => one.value + 1)),
      ),
    ).type.toBe<Operation<void, number[]>>()
    expect(
      pipe(
        length,
        transform(n => n + 1),
        transform(n => n + 2),
        transform(n => n + 3),
        transform(n => n + 4),
        transform(n => n + 5),
        transform(n => n + 6),
        when(n => n > 7),
        transform(n => n + 8),
        transform(n => n + 9),
        transform(n => n + 10),
        transform(n => `${n}`),
      ),
    ).type.toBe<Operation<string, string | Skipped>>()
  })

  test('checks every step of longer pipes', () => {
    const d = double
    expect(pipe(length, d, d, d, d, d, d, d, d, d, d, d, d, d, d, d, d, d, d, print)).type.toBe<
      Operation<string, string>
    >()
    expect(pipe(length, d, d, d, d, d, d, d, d, d, d, d, d, d, d, d, d, d, print, length)).type.toBe<
      Operation<string, number>
    >()
    expect(pipe).type.not.toBeCallableWith(
      length,
      d,
      d,
      d,
      d,
      d,
      d,
      d,
      d,
      d,
      d,
      d,
      d,
      d,
      d,
      d,
      d,
      d,
      print,
      d,
    )
    expect(pipe).type.not.toBeCallableWith(
      length,
      length,
      d,
      d,
      d,
      d,
      d,
      d,
      d,
      d,
      d,
      d,
      d,
      d,
      d,
      d,
      d,
      d,
      d,
      d,
    )
    expect(pipe).type.not.toBeCallableWith(
      length,
      d,
      d,
      d,
      d,
      d,
      d,
      d,
      print,
      d,
      d,
      d,
      d,
      d,
      d,
      d,
      d,
      d,
      d,
      d,
    )
  })
})

describe('gates', () => {
  test('make a result that may be skipped, which the next step does not see', () => {
    const gate = when((n: number) => n > 1)
    expect(gate).type.toBe<Operation<number, number | Skipped>>()
    expect(pipe(length, gate)).type.toBe<Operation<string, number | Skipped>>()
    expect(pipe(length, gate, print)).type.toBe<Operation<string, string | Skipped>>()
    expect(pipe(length, gate, print, length)).type.toBe<Operation<string, number | Skipped>>()
  })

  test('may say why', () => {
    pipe(
      length,
      when(n => ({ pass: n > 1, reason: 'too short' })),
    )
    expect(when<number>).type.not.toBeCallableWith(() => ({ pass: true }))
    expect(when<number>).type.not.toBeCallableWith(() => 'yes')
  })

  test('look at the values of an outcome', () => {
    const gated = pipe(say(closet), when(some(value => value.text === 'x')))
    expect(gated).type.toBe<Operation<void, SaidByAll | Skipped>>()
  })
})

describe('closures see the type of what comes before', () => {
  test('pick, and it keeps the type of the values', () => {
    const picked = pipe(
      say(closet),
      pick(result => {
        if (result.ok) expect(result).type.toBeAssignableTo<Success<Said>>()
        else expect(result.code).type.toBeAssignableTo<string>()
        return result.ok
      }),
    )
    expect(picked).type.toBe<Operation<void, SaidByAll>>()
    expect(pipe(say(closet), pick(successful), pick(failed))).type.toBe<Operation<void, SaidByAll>>()
  })

  test('map, with a promise as well', () => {
    expect(
      pipe(
        say(closet),
        map((value, about) => [value.text.length, about.host] as const),
      ),
    ).type.toBe<Operation<void, Outcome<Hosts, readonly [number, string]>>>()
    expect(
      pipe(
        say(closet),
        map(async value => value.text.length),
      ),
    ).type.toBe<Operation<void, Outcome<Hosts, number>>>()
  })

  test('choose', () => {
    const chosen = pipe(
      say(closet),
      choose(
        out => out.failure.length > 0,
        say('again'),
        transform(out => out.on),
      ),
    )
    expect(chosen).type.toBe<Operation<void, SaidByAll | Hosts>>()
    expect(
      pipe(
        length,
        choose(n => n > 1, print),
      ),
    ).type.toBe<Operation<string, string | number>>()
  })

  test('poll, retry, timeout, recover and named', () => {
    expect(
      pipe(
        say(closet),
        poll(say('up?'), out => out.successful.every(one => one.value.text === 'yes'), '5s', '1m'),
        retry(pick(result => result.ok && result.value.text === 'yes')),
        timeout(
          map(value => value.text),
          '5s',
        ),
        named(
          'count letters',
          map(text => text.length),
        ),
        fallback(say('bye'), 'agent'),
        recover(
          transform(out => out.on),
          transform(caught => caught.error),
        ),
      ),
    ).type.toBe<Operation<void, string | Hosts>>()
  })

  test('each, on the list that comes before', () => {
    expect(
      pipe(
        say(closet),
        transform(out => out.successful),
        each(transform(one => one.value.text)),
      ),
    ).type.toBe<Operation<void, string[]>>()
    expect(each(double)).type.toBe<Operation<readonly number[], number[]>>()
    expect(each((text: string) => [...text], length)).type.toBe<Operation<string, number[]>>()
    expect(pipe).type.not.toBeCallableWith(length, each(double))
  })
})

describe('parallel', () => {
  test('answers a tuple', () => {
    expect(parallel(double, print)).type.toBe<Operation<number, [number, string]>>()
    expect(parallel(say(closet), say(closet))).type.toBe<Operation<void, [SaidByAll, SaidByAll]>>()
  })

  test('gives every branch the same', () => {
    const mixed = parallel(double, length)
    expect(mixed).type.toBe<Operation<never, [number, number]>>()
    expect(pipe).type.not.toBeCallableWith(length, mixed)
  })

  test('types its branches by what comes before', () => {
    expect(
      pipe(
        say(closet),
        parallel(
          transform(out => out.on),
          pick(result => result.ok && result.value.text === 'x'),
        ),
      ),
    ).type.toBe<Operation<void, [Hosts, SaidByAll]>>()
  })

  test('merge joins the values of its outcomes', () => {
    const counted = pipe(
      say(closet),
      parallel(
        say('x'),
        map(value => value.text.length),
      ),
      merge(),
    )
    expect(counted).type.toBe<Operation<void, Outcome<Hosts, Said | number>>>()
    expect(pipe).type.not.toBeCallableWith(length, merge())
    expect(pipe).type.not.toBeCallableWith(
      parallel(
        say(closet),
        transform(() => 1),
      ),
      merge(),
    )
  })
})

describe('what passes its data on', () => {
  test('keeps its type', () => {
    expect(
      pipe(
        say(closet),
        pretty(),
        wait('5s'),
        pretty(),
        map(value => value.text),
      ),
    ).type.toBe<Operation<void, Outcome<Hosts, string>>>()
  })

  test('waits are durations', () => {
    wait(5)
    wait('1.5m')
    wait({ until: new Date() })
    expect(wait).type.not.toBeCallableWith('5 minutes')
    expect(wait).type.not.toBeCallableWith('5w')
  })
})

describe('the start', () => {
  test('hosts or the data of a step before', () => {
    expect(say(hosts(['a']))).type.toBe<Operation<void, SaidByAll>>()
    expect(say(hosts(['a']), 'word')).type.toBe<Operation<void, SaidByAll>>()
    expect(say).type.not.toBeCallableWith(5)
    expect(say).type.not.toBeCallableWith(closet, 5)
  })

  test('an expression gives what it is said to give', () => {
    expect(pipe(say(closet), query<number>('$count($states.input.failure)'), print)).type.toBe<
      Operation<void, string>
    >()
  })
})
