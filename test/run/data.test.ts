import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { choose, each, map, parallel, pipe, retry, transform, when } from 're-ops'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { systemClock } from '../../src/executor/index.ts'
import { openSpillFolder } from '../../src/state/spill-folder.ts'
import { closet, say, stage, tale } from './harness.ts'

class Thing {
  readonly size = 1
}

describe('what JSON would change is refused by name', () => {
  test.each<[string, () => unknown, string]>([
    ['a Date', () => ({ at: new Date(0) }), 'a Date at $.at'],
    ['a function', () => ({ go: function launch() {} }), 'the function launch at $.go'],
    ['undefined in a list', () => ({ list: [1, undefined] }), 'undefined at $.list[1]'],
    ['NaN', () => Number.NaN, 'NaN at $'],
    ['infinity', () => [Number.NEGATIVE_INFINITY], '-Infinity at $[0]'],
    ['a class instance', () => ({ 'odd key': new Thing() }), 'a Thing at $["odd key"]'],
    ['a Map', () => new Map(), 'a Map at $'],
    ['a bigint', () => 1n, 'a bigint at $'],
    ['a symbol', () => ({ s: Symbol('x') }), 'a symbol at $.s'],
    ['a cycle', () => cycle(), 'a reference to itself at $.self'],
  ])('%s', async (_name, make, found) => {
    const run = stage().run(transform(() => make()))
    await expect(run).rejects.toMatchObject({
      error: 'NotJsonValue',
      message: expect.stringContaining(`transform answered ${found}`),
    })
  })

  test('the error says what to do, and holds the one that was thrown', async () => {
    const thrown = await stage()
      .run(transform(() => new Date(0)))
      .catch(error => error)
    expect(thrown).toMatchObject({
      name: 'ExecutionFailed',
      slug: 'execution-failed',
      message: expect.stringContaining('toISOString()'),
      cause: { name: 'NotJsonValue', detail: { step: 'transform', path: '$', found: 'a Date' } },
    })
  })

  test('from map it is the failure of that host', async () => {
    const out = await stage().run(
      pipe(
        say(closet),
        map((value, { host }) => (host === 'b' ? new Date(0) : value)),
      ),
    )
    expect(tale(out as any)).toEqual(['a: ok "a"', 'b: exception', 'c: ok "c"'])
    expect(out.failure[0]?.message).toContain('a Date at $')
  })

  test('nothing at all is null, and an absent field is absent', async () => {
    expect(await stage().run(transform(() => undefined))).toBeNull()
    expect(await stage().run(transform(() => ({ a: undefined, b: 1 })))).toEqual({ b: 1 })
  })
})

function cycle() {
  const one: { self?: unknown } = {}
  one.self = one
  return one
}

describe('large data', () => {
  let folder: string
  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'reops-spill-'))
  })
  afterAll(() => rm(folder, { recursive: true, force: true }))

  const large = 'x'.repeat(300 * 1024)
  const real = () => stage({ b: [large] }, { clock: systemClock, store: openSpillFolder(folder) })

  test('300 KB spill to a file and are right again at the next step and at the end', async () => {
    const at = real()
    const seen: number[] = []
    const out = await at.run(
      pipe(
        say(closet),
        map(value => {
          seen.push(value.length)
          return value
        }),
        when(o => o.successful.length === 3),
      ),
    )
    expect(seen.sort((a, b) => a - b)).toEqual([1, 1, large.length])
    expect((out as any).successful[1].value).toBe(large)
    expect((await readdir(folder)).length).toBeGreaterThan(0)
  })

  test('goes through every combinator', async () => {
    const same = transform((text: string) => text)
    const through = pipe(
      retry(same),
      parallel(same, same),
      each(same),
      choose(
        () => true,
        transform((list: string[]) => list[0]!),
      ),
    )
    expect(await real().run(through, large)).toBe(large)
  })

  test('many items and fields that are large only together travel as well', async () => {
    const items = Array.from({ length: 60 }, (_, index) => `${index}`.padEnd(10_000, '.'))
    const lengths = each(transform((text: string) => text.length))
    expect(
      await real().run(
        pipe(
          transform((n: number) => items.slice(0, n)),
          lengths,
        ),
        60,
      ),
    ).toEqual(items.map(() => 10_000))
  })

  test('a retry keeps large outcomes of several attempts', async () => {
    const at = stage(
      { a: [large], b: [{ exits: 1 }, large] },
      { store: openSpillFolder(folder), clock: systemClock },
    )
    const out = await at.run(retry(say(closet), { every: '1s', jitter: false }))
    expect(out.successful.map(one => one.value.length)).toEqual([large.length, 1, large.length])
  })

  test('a large input reaches the first step and the closures of later ones', async () => {
    const sizes = pipe(
      transform((text: string) => text.length),
      transform((n: number, { input }) => [n, (input as string).length]),
    )
    expect(await real().run(sizes, large)).toEqual([large.length, large.length])
  })

  test('data that was lost meanwhile is said to be missing', async () => {
    const lost = path.join(folder, 'lost')
    const kept = openSpillFolder(lost)
    const forgetful = {
      ...kept,
      put: async (json: string) => {
        const key = await kept.put(json)
        await rm(lost, { recursive: true })
        return key
      },
    }
    const at = stage({ b: [large] }, { store: forgetful, clock: systemClock })
    const run = at.run(
      pipe(
        say(closet),
        map(value => value.length),
      ),
    )
    await expect(run).rejects.toMatchObject({ error: 'SpilledDataMissing' })
  })
})
