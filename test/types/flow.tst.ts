import {
  type Execution,
  expression,
  type Flow,
  flow,
  type HostOperation,
  type Hosts,
  map,
  type Operation,
  type Outcome,
  operation,
  pick,
  pipe,
  type Ref,
  run,
  source,
  submit,
  successful,
  transform,
} from 're-ops'
import { describe, expect, test } from 'tstyche'
import * as z from 'zod'

declare const say: HostOperation<[word: string, times?: number], string>
declare const closet: Hosts

const greet = flow({
  input: z.strictObject({ word: z.string(), times: z.int().default(2), loud: z.boolean().optional() }),
  steps: input => pipe(say(closet, input.word, input.times), pick(successful)),
})
const listing = flow({
  input: z.strictObject({ path: z.string().default('/') }),
  steps: say(closet, 'ls'),
})

describe('flow', () => {
  test('takes what its schema takes, defaults left out', () => {
    expect(greet).type.toBe<
      Flow<{ word: string; times?: number | undefined; loud?: boolean | undefined }, Outcome<Hosts, string>>
    >()
  })

  test('gives its steps references of the parsed types', () => {
    flow({
      input: z.strictObject({ word: z.string(), times: z.int().default(2), at: z.object({ x: z.number() }) }),
      steps: input => {
        expect(input.word).type.toBeAssignableTo<Ref<string>>()
        expect(input.word).type.not.toBeAssignableTo<Ref<number>>()
        expect(input.times).type.toBeAssignableTo<Ref<number>>()
        expect(input.at.x).type.toBeAssignableTo<Ref<number>>()
        expect(input).type.not.toHaveProperty('other')
        return source(input)
      },
    })
  })

  test('refuses a reference of another type, and one that may be absent', () => {
    flow({
      input: z.strictObject({ word: z.string(), times: z.int(), maybe: z.string().optional() }),
      steps: input => {
        expect(say).type.not.toBeCallableWith(closet, input.times)
        expect(say).type.not.toBeCallableWith(closet, input.word, input.word)
        expect(say).type.not.toBeCallableWith(closet, input.maybe)
        expect(say).type.toBeCallableWith(
          closet,
          input.word,
          expression<number>('$states.context.State.RetryCount'),
        )
        return say(closet, input.word)
      },
    })
  })

  test('refuses steps that take something else than its input', () => {
    expect(flow).type.not.toBeCallableWith({
      input: z.strictObject({ word: z.string() }),
      steps: transform((n: number) => n),
    })
  })

  test('is an operation in other pipelines', () => {
    expect(
      pipe(
        transform((n: number) => ({ word: `${n}` })),
        greet,
        map(text => text.length),
      ),
    ).type.toBe<Operation<number, Outcome<Hosts, number>>>()
    expect(pipe).type.not.toBeCallableWith(
      transform((n: number) => ({ path: n })),
      greet,
    )
  })
})

describe('run and submit', () => {
  test('need no input where a pipeline starts by itself', () => {
    expect(run(say(closet, 'hi'))).type.toBe<Promise<Outcome<Hosts, string>>>()
    expect(submit(say(closet, 'hi'))).type.toBe<Promise<Execution<Outcome<Hosts, string>>>>()
  })

  test('take the outcome that was left by hand', async () => {
    const out = await run(say(closet, 'hi'))
    expect(run(pick(successful), out)).type.toBeAssignableTo<Promise<Outcome<Hosts, unknown>>>()
    expect(
      run(
        map((value: string) => value.length),
        out,
      ),
    ).type.toBe<Promise<Outcome<Hosts, number>>>()
    expect(run(say('more'), out)).type.toBe<Promise<Outcome<Hosts, string>>>()
    expect(run(say('more'), closet)).type.toBe<Promise<Outcome<Hosts, string>>>()
    expect(submit(say('more'), out)).type.toBe<Promise<Execution<Outcome<Hosts, string>>>>()
  })

  test('need the input that a pipeline takes', () => {
    expect(run).type.not.toBeCallableWith(say('more'))
    expect(run).type.not.toBeCallableWith(say('more'), 5)
    expect(run).type.not.toBeCallableWith(
      transform((n: number) => n),
      'text',
    )
    expect(run).type.not.toBeCallableWith(transform((n: number) => n))
  })

  test('of a flow without input, when all has defaults', () => {
    expect(run(listing)).type.toBe<Promise<Outcome<Hosts, string>>>()
    expect(run(listing, { path: '/' })).type.toBe<Promise<Outcome<Hosts, string>>>()
    expect(submit(listing)).type.toBe<Promise<Execution<Outcome<Hosts, string>>>>()
    expect(run).type.not.toBeCallableWith(listing, { path: 5 })
    expect(run).type.not.toBeCallableWith(listing, { pth: '/' })
  })

  test('of a flow with its input, when something has no default', () => {
    expect(run(greet, { word: 'hi' })).type.toBe<Promise<Outcome<Hosts, string>>>()
    expect(run).type.not.toBeCallableWith(greet)
    expect(run).type.not.toBeCallableWith(greet, {})
  })

  test('take what they are told', () => {
    run(listing, { path: '/' }, { signal: AbortSignal.timeout(5), name: 'mine' })
    expect(run).type.not.toBeCallableWith(listing, { path: '/' }, { nome: 'mine' })
  })
})

describe('operation', () => {
  const shout = operation({
    name: 'shout',
    site: 'code',
    effect: 'read',
    schema: z.strictObject({ suffix: z.string().default('!'), times: z.int() }),
    handle: (text: string, { suffix, times }) => text + suffix.repeat(times),
  })

  test('takes arguments as its schema takes them, or references', () => {
    expect(shout({ times: 2 })).type.toBe<Operation<string, string>>()
    expect(shout).type.toBeCallableWith({ times: expression<number>('1 + 1') })
    expect(shout).type.not.toBeCallableWith({})
    expect(shout).type.not.toBeCallableWith({ times: '2' })
    expect(shout).type.not.toBeCallableWith({ times: 2, more: 1 })
    expect(shout).type.not.toBeCallableWith({ times: expression<string>('x') })
  })

  test('is told what to do by one of three sites', () => {
    expect(operation).type.not.toBeCallableWith({
      name: 'x',
      site: 'elsewhere',
      effect: 'read',
      schema: z.strictObject({}),
      handle: () => 1,
    })
  })
})
