import { describe, expect, test } from 'vitest'
import type { Context, Progress } from '../../src/core/context.ts'
import { InvalidArguments } from '../../src/core/errors.ts'
import { hosts } from '../../src/core/hosts.ts'
import { fanOut } from '../../src/core/operation/fan-out.ts'
import type { HostAtWork } from '../../src/core/operation/host-at-work.ts'
import { HostTrouble } from '../../src/core/ports.ts'
import { fakeClock } from '../executor/fake-clock.ts'
import { type Script, scriptedHosts } from '../fakes/scripted-hosts.ts'

const closet = hosts(['a', 'b', 'c'])

function scene(
  script: Script = {},
  bounds: { concurrency?: number; timeout?: number } = {},
  more: Partial<Context> = {},
) {
  const clock = more.clock ?? fakeClock()
  const port = scriptedHosts(script, clock, bounds)
  const progress: Progress[] = []
  const context: Context = {
    execution: { id: 'e', name: 'e', flow: 'f', startedAt: '2030-01-01T00:00:00Z' },
    step: 'say',
    signal: new AbortController().signal,
    deadline: undefined,
    clock,
    hosts: port,
    out: { publish: () => {} },
    progress: event => progress.push(event),
    ...more,
  }
  return { context, progress, calls: port.calls, clock }
}

const say = async (host: HostAtWork) => (await host.exec('hi')).stdout

describe('fanOut', () => {
  test('does the same on every host and accounts for each', async () => {
    const { context } = scene({ b: [{ fails: 'auth' }] })
    const out = await fanOut(closet, context, undefined, say)
    expect(out.on.hosts.map(host => host.name)).toEqual(['a', 'c'])
    expect(out.successful.map(({ host, value }) => [host, value])).toEqual([
      ['a', 'a'],
      ['c', 'c'],
    ])
    expect(out.failure).toEqual([
      { host: 'b', code: 'auth', step: 'say', message: 'scripted auth', detail: {} },
    ])
    expect(out.left).toEqual([])
  })

  test('never works on more at once than it may', async () => {
    let now = 0
    let most = 0
    const { context, clock } = scene({}, { concurrency: 3 })
    const many = hosts(Array.from({ length: 20 }, (_, index) => `h${index}`))
    await fanOut(many, context, undefined, async () => {
      most = Math.max(most, ++now)
      await clock.sleep(10)
      now--
      return null
    })
    expect(most).toBe(3)
  })

  test('a throw of the operation is the failure of that host, with where it was', async () => {
    const { context } = scene()
    const out = await fanOut(closet, context, undefined, async host => {
      if (host.name === 'b') throw new TypeError('a mistake')
      return 1
    })
    expect(out.failure).toEqual([
      expect.objectContaining({
        host: 'b',
        code: 'exception',
        message: 'a mistake',
        detail: { stack: expect.any(String) },
      }),
    ])
  })

  test('a wrong program ends the step, once those under way have ended', async () => {
    const ended: string[] = []
    const { context, clock } = scene({}, { concurrency: 2 })
    const run = fanOut(closet, context, undefined, async host => {
      if (host.name === 'a') throw new InvalidArguments('wrong')
      await clock.sleep(10)
      ended.push(host.name)
      return 1
    })
    await expect(run).rejects.toThrow('wrong')
    expect(ended).toEqual(['b'])
  })

  test('what JSON can not carry is the failure of that host; nothing at all is null', async () => {
    const { context } = scene()
    const out = await fanOut(closet, context, undefined, async host =>
      host.name === 'b' ? { at: new Date() } : undefined,
    )
    expect(out.successful.map(one => one.value)).toEqual([null, null])
    expect(out.failure[0]).toMatchObject({
      host: 'b',
      code: 'exception',
      message: expect.stringContaining('a Date at $.at'),
    })
  })

  test('the earliest of the deadlines holds', async () => {
    const script: Script = { a: ['hang'], b: ['hang'], c: ['hang'] }
    const took = async (own: number | undefined, deadline: number | undefined) => {
      const clock = fakeClock()
      const at = scene(script, { timeout: 50_000 }, { clock, deadline: deadline && clock.now() + deadline })
      const began = clock.now()
      await fanOut(closet, at.context, own, say)
      return clock.now() - began
    }
    expect(await took(undefined, undefined)).toBe(50_000)
    expect(await took(70_000, undefined)).toBe(70_000)
    expect(await took(undefined, 5_000)).toBe(5_000)
    expect(await took(3_000, 5_000)).toBe(3_000)
  })

  test('begins nothing once it is cancelled or late, and says so for each host', async () => {
    const cancelled = scene({}, {}, { signal: AbortSignal.abort() })
    expect((await fanOut(closet, cancelled.context, undefined, say)).failure.map(one => one.code)).toEqual(
      Array(3).fill('cancelled'),
    )
    const late = scene({}, {}, { deadline: 5 })
    expect((await fanOut(closet, late.context, undefined, say)).failure.map(one => one.code)).toEqual(
      Array(3).fill('timeout'),
    )
    expect([...cancelled.calls, ...late.calls]).toEqual([])
  })

  test('acts on what an outcome hands on, and keeps what it knew', async () => {
    const { context, calls } = scene()
    const failure = { host: 'b', code: 'exit', step: 'before', message: 'x', detail: {} } as const
    const left = { host: 'c', step: 'before', reason: 'not picked' }
    const before = {
      on: hosts(['a']),
      successful: [{ host: 'a', value: 1, ms: 1 }],
      failure: [failure],
      left: [left],
    }
    const out = await fanOut(before, context, undefined, say)
    expect(calls.map(call => call.host)).toEqual(['a'])
    expect(out).toMatchObject({ successful: [{ host: 'a', value: 'a' }], failure: [failure], left: [left] })
  })

  test('reaches each host with what its collection shares, its own word first', async () => {
    const { context, calls } = scene()
    const on = hosts({ user: 'ops', port: 22 }, ['a', { name: 'b', port: 2222, via: 'agent' }])
    await fanOut(on, context, undefined, say)
    expect(calls.map(({ via, target }) => ({ via, ...target }))).toEqual([
      { via: 'ssh', name: 'a', user: 'ops', port: 22 },
      expect.objectContaining({ via: 'agent', name: 'b', user: 'ops', port: 2222 }),
    ])
  })

  test('a failure remembers the way to a host that is more than its name', async () => {
    const { context } = scene({ a: [{ fails: 'auth' }], b: [{ fails: 'auth' }] })
    const out = await fanOut(hosts(['a', { name: 'b', port: 2222 }]), context, undefined, say)
    expect(out.failure.map(one => one.target)).toEqual([undefined, { name: 'b', port: 2222 }])
  })

  test('tells its progress', async () => {
    const { context, progress } = scene({ b: [{ fails: 'exit' }] }, { concurrency: 1 })
    await fanOut(closet, context, undefined, say)
    expect(progress[0]).toEqual({ kind: 'hosts', step: 'say', hosts: ['a', 'b', 'c'] })
    expect(progress.slice(1).map(event => [event.kind, (event as any).host, (event as any).code])).toEqual([
      ['host-started', 'a', undefined],
      ['host-ended', 'a', undefined],
      ['host-started', 'b', undefined],
      ['host-ended', 'b', 'exit'],
      ['host-started', 'c', undefined],
      ['host-ended', 'c', undefined],
    ])
  })

  test.each([
    null,
    5,
    'x',
    [closet],
    {},
    { on: 5, successful: [], failure: [], left: [] },
    { on: closet, successful: [], failure: [] },
  ])('refuses to act on %j, and says what to do', async data => {
    await expect(fanOut(data, scene().context, undefined, say)).rejects.toMatchObject({
      name: 'UnexpectedData',
      message: expect.stringContaining('start the pipeline with hosts'),
    })
  })

  test('hosts that come as data are checked like those that are written', async () => {
    const hostile = { via: 'ssh', defaults: {}, hosts: [{ name: '-oProxyCommand=x' }] }
    await expect(fanOut(hostile, scene().context, undefined, say)).rejects.toMatchObject({
      name: 'InvalidArguments',
    })
  })

  test('a host that answers nothing and heeds nothing is unknown', async () => {
    const { context } = scene({ b: ['ignore everything'] }, { timeout: 1_000 })
    const out = await fanOut(closet, context, undefined, say)
    expect(out.failure).toEqual([expect.objectContaining({ host: 'b', code: 'unknown' })])
  })

  test('a trouble brings its detail', async () => {
    const { context } = scene()
    const out = await fanOut(hosts(['a']), context, undefined, async () => {
      throw new HostTrouble('exit', 'no', { detail: { exit: 3 } })
    })
    expect(out.failure[0]).toMatchObject({ code: 'exit', detail: { exit: 3 } })
  })
})
