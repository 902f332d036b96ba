import {
  agentFunction,
  type Collected,
  collected,
  evaluate,
  type Hosts,
  type Json,
  listFiles,
  map,
  type OnHosts,
  type Operation,
  type Outcome,
  pipe,
  type Ref,
  type Stats,
  stats,
} from 're-ops'
import { describe, expect, test } from 'tstyche'

declare const closet: Hosts
declare const path: Ref<string>
declare function usage(mount: string): Promise<{ free: number }>

describe('evaluate', () => {
  test('answers what its function does, awaited', () => {
    expect(evaluate(closet, (n: number) => n + 1, 41)).type.toBe<Operation<void, Outcome<Hosts, number>>>()
    expect(evaluate(closet, async (s: string) => ({ s }), 'x')).type.toBe<
      Operation<void, Outcome<Hosts, { s: string }>>
    >()
    expect(evaluate(closet, () => 'x')).type.toBe<Operation<void, Outcome<Hosts, string>>>()
    expect(evaluate(closet, () => {})).type.toBe<Operation<void, Outcome<Hosts, null>>>()
    expect(evaluate(closet, async () => {})).type.toBe<Operation<void, Outcome<Hosts, null>>>()
  })

  test('goes into a pipe', () => {
    expect(evaluate((n: number) => n > 1, 1)).type.toBe<Operation<OnHosts, Outcome<Hosts, boolean>>>()
    expect(
      pipe(
        stats(closet),
        evaluate(() => 5),
        map(n => n * 2),
      ),
    ).type.toBe<Operation<void, Outcome<Hosts, number>>>()
  })

  test('takes the argument that its function takes, or a reference to one', () => {
    const length = (s: string) => s.length
    expect(evaluate).type.toBeCallableWith(closet, length, 'x')
    expect(evaluate).type.toBeCallableWith(closet, length, path)
    expect(evaluate).type.not.toBeCallableWith(closet, length, 5)
    expect(evaluate).type.not.toBeCallableWith(closet, length)
    expect(evaluate).type.toBeCallableWith(closet, (n?: number) => n ?? 0)
    expect(evaluate).type.not.toBeCallableWith(closet, () => 1, 'x')
    expect(evaluate).type.not.toBeCallableWith(closet, (a: string, b: string) => a + b, 'x')
  })

  test('takes options behind the argument', () => {
    expect(evaluate).type.toBeCallableWith(closet, (s: string) => s, 'x', {
      timeout: '5s',
      wait: '1h',
      memory: 512,
    })
    expect(evaluate).type.toBeCallableWith(closet, () => 1, undefined, { wait: '1h' })
    expect(evaluate).type.not.toBeCallableWith(closet, () => 1, undefined, { patience: '1h' })
  })

  test('knows what a function of a file takes and answers', () => {
    const named = agentFunction<typeof usage>(import.meta.url, 'usage')
    expect(evaluate(closet, named, '/')).type.toBe<Operation<void, Outcome<Hosts, { free: number }>>>()
    expect(evaluate).type.not.toBeCallableWith(closet, named, 5)
    expect(evaluate).type.not.toBeCallableWith(closet, named)
    const unnamed = agentFunction(import.meta.url, 'usage')
    expect(evaluate(closet, unnamed, '/')).type.toBe<Operation<void, Outcome<Hosts, Json>>>()
    expect(evaluate).type.not.toBeCallableWith(closet, { file: 'x', name: 'y' })
  })
})

describe('what agents know of their hosts', () => {
  test('has its types', () => {
    expect(stats(closet)).type.toBe<Operation<void, Outcome<Hosts, Stats>>>()
    expect(collected(closet, 'night')).type.toBe<Operation<void, Outcome<Hosts, Collected>>>()
    expect<Stats['cpu']['busyPercent']>().type.toBe<number | null>()
    expect(listFiles).type.toBeCallableWith(closet, path, { wait: '1m' })
    expect(listFiles).type.not.toBeCallableWith(closet)
  })
})
