import { describe, expect, test } from 'vitest'
import { pipe } from '../../../src/core/combinators/pipe.ts'
import { timeout } from '../../../src/core/combinators/time.ts'
import { InvalidConfig } from '../../../src/core/errors.ts'
import { hosts } from '../../../src/core/hosts.ts'
import { kvm } from '../../../src/core/systems/presets.ts'
import { create, destroy, repair, start, stop, systems } from '../../../src/operations/systems/index.ts'
import { tale } from '../../run/harness.ts'
import { type Scene, scene } from './scene.ts'

const redis = hosts(['redis-1'])

async function until(s: Scene, met: () => boolean | Promise<boolean>): Promise<void> {
  for (let looks = 0; looks < 10_000; looks++) {
    if (await met()) return
    await s.clock.sleep(10)
  }
  throw new Error('what was waited for never came')
}

const isStarting = (s: Scene) => async () => (await s.standing()).includes('redis-1 starting')

describe('two jobs on one system', () => {
  test('follow each other: the second waits for the first', async () => {
    const s = scene()
    await s.have('redis-1', { state: 'stopped' })
    s.provider.disturb('start', { slow: 20_000 })
    const first = s.run(start(redis))
    await until(s, isStarting(s))
    const second = await s.rival().run(stop(redis))
    expect(tale(await first)).toMatchObject([expect.stringContaining('redis-1: ok')])
    expect(second.failure).toEqual([])
    expect(s.provider.calls.filter(call => !call.startsWith('status'))).toEqual([
      'start redis-1',
      'stop redis-1',
    ])
    expect(await s.standing()).toEqual(['redis-1 stopped'])
  })

  test('the second refuses when its wait is over, and names who holds it, for what and until when', async () => {
    const s = scene({ owner: 'the daemon' })
    await s.have('redis-1', { state: 'stopped' })
    s.provider.disturb('start', { slow: 50_000 })
    const first = s.run(start(redis), undefined, { name: 'nightly' })
    await until(s, isStarting(s))
    const rival = s.rival()
    const second = await rival.run(destroy(redis, { force: true, wait: '5s' }))
    expect(second.failure).toMatchObject([
      {
        code: 'busy',
        detail: { holder: 'the daemon', purpose: 'start in execution nightly', until: expect.any(Number) },
      },
    ])
    expect(second.failure[0]?.message).toMatch(
      /^redis-1 is held by the daemon for start in execution nightly, until 20.*; wait longer/,
    )
    expect(rival.progress).toContainEqual(
      expect.objectContaining({ stage: 'waiting for the daemon: start in execution nightly' }),
    )
    expect((await first).failure).toEqual([])
    expect(s.provider.machines.size).toBe(1)
  })

  test('the second refuses at once where it may not wait', async () => {
    const s = scene()
    const { id } = await s.have('redis-1')
    await s.store.acquire(id, 'somebody', 'lunch', 30_000, s.clock.now())
    const before = s.clock.now()
    expect((await s.run(stop(redis, { wait: 0 }))).failure).toMatchObject([{ code: 'busy' }])
    expect(s.clock.now()).toBe(before)
  })

  test('in one process exclude each other too', async () => {
    const s = scene()
    await s.have('redis-1', { state: 'stopped' })
    s.provider.disturb('start', { slow: 1_000 })
    s.provider.disturb('stop', { slow: 1_000 })
    await Promise.all([s.run(start(redis)), s.run(stop(redis)), s.run(start(redis)), s.run(stop(redis))])
    const order = s.provider.calls.filter(call => !call.startsWith('status'))
    expect(order).toHaveLength(4)
    expect(await s.standing()).toEqual([
      order.at(-1)?.startsWith('start') ? 'redis-1 running' : 'redis-1 stopped',
    ])
  })

  test('a start and a destroy never overlap, whoever comes first', async () => {
    for (let round = 0; round < 10; round++) {
      const s = scene()
      await s.have('redis-1', { state: 'stopped' })
      let inside = 0
      const alone = () => {
        expect(++inside).toBe(1)
        return undefined
      }
      const leave = () => {
        inside--
        return undefined
      }
      s.provider.disturb('start', alone)
      s.provider.disturb('start:started', leave)
      s.provider.disturb('destroy', alone)
      s.provider.disturb('destroy:gone', leave)
      const rival = s.rival()
      const [started, destroyed] = await Promise.all([
        s.run(start(redis)),
        rival.run(destroy(redis, { force: true })),
      ])
      expect(destroyed.failure).toEqual([])
      for (const { code } of started.failure) expect(code).toBe('refused')
      expect(await s.standing()).toEqual([])
    }
  })
})

describe('a lease', () => {
  test('is kept for as long as the work takes, and given back after', async () => {
    const s = scene()
    const { id } = await s.have('redis-1', { state: 'stopped' })
    s.provider.disturb('start', { slow: 300_000 })
    const first = s.run(start(redis))
    await until(s, isStarting(s))
    for (let minutes = 0; minutes < 4; minutes++) {
      await s.clock.sleep(60_000)
      expect(await s.store.holder(id, s.clock.now())).toMatchObject({
        purpose: expect.stringContaining('start'),
      })
    }
    await first
    expect(await s.store.holder(id, s.clock.now())).toBeUndefined()
  })

  test('is given back after a failure too', async () => {
    const s = scene()
    const { id } = await s.have('redis-1', { state: 'stopped' })
    s.provider.disturb('start', new TypeError('a mistake'))
    expect((await s.run(start(redis))).failure).toMatchObject([{ code: 'exception' }])
    expect(await s.store.holder(id, s.clock.now())).toBeUndefined()
  })

  test('of a process that died is waited out', async () => {
    const s = scene()
    const { id } = await s.have('redis-1', { state: 'starting' })
    await s.store.acquire(id, 'a dead process', 'start', 30_000, s.clock.now())
    const out = await s.run(start(redis))
    expect(out.failure).toEqual([])
    expect(await s.standing()).toEqual(['redis-1 running'])
  })

  test('that is lost ends the work, and neither the record nor the lease of the next one is touched', async () => {
    const s = scene()
    const { id } = await s.have('redis-1', { state: 'stopped' })
    let stopped: unknown
    s.provider.disturb('start', async (_system, job) => {
      // As when the whole process had been asleep for longer than its lease.
      const now = s.clock.now() + 60_000
      const { lease } = await s.store.acquire(id, 'somebody else', 'repair', 600_000, now)
      await s.store.change(
        id,
        (await s.store.get(id))!.revision,
        { description: 'mine now' },
        { by: 'repair', at: now, fence: lease.fence },
      )
      await job.clock.sleep(100_000, job.signal).catch(error => {
        stopped = error
        throw error
      })
      return undefined
    })
    const out = await s.run(start(redis))
    expect(stopped).toBeDefined()
    expect(out.failure).toMatchObject([{ code: 'unknown' }])
    expect(out.failure[0]?.message).toMatch(/the lease of redis-1 was lost while it was worked on/)
    expect(await s.store.get(id)).toMatchObject({ description: 'mine now' })
    expect(await s.store.holder(id, s.clock.now())).toMatchObject({ owner: 'somebody else' })
  })

  test('that was lost is noticed at the next change, too', async () => {
    const s = scene()
    const { id } = await s.have('redis-1', { state: 'stopped' })
    s.provider.disturb('start', async () => {
      await s.store.acquire(id, 'somebody else', 'repair', 600_000, s.clock.now() + 60_000)
      return undefined
    })
    expect((await s.run(start(redis))).failure).toMatchObject([{ code: 'unknown' }])
  })

  test('survives a store that can not be written for a moment', async () => {
    const s = scene()
    await s.have('redis-1', { state: 'stopped' })
    let refusals = 2
    const renew = s.store.renew
    s.store.renew = async (...args) => {
      if (refusals-- > 0) throw new Error('the disk is full')
      return renew(...args)
    }
    s.provider.disturb('start', { slow: 60_000 })
    expect((await s.run(start(redis))).failure).toEqual([])
  })
})

describe('a job that is told to stop', () => {
  test.each([
    ['while it waits for its turn', 'lease'],
    ['in the middle of the provider', 'provider'],
    ['while it waits for SSH', 'ssh'],
  ])('%s ends as cancelled, and its system is as its provider says', async (_when, where) => {
    const s = scene({ script: { 'redis-1': where === 'ssh' ? [{ fails: 'unreachable' }] : ['up'] } })
    const { id } = await s.have('redis-1', { state: 'stopped' })
    if (where === 'provider') s.provider.disturb('start', 'hang')
    const rival = where === 'lease' ? await s.store.acquire(id, 'x', 'y', 20_000, s.clock.now()) : undefined
    const execution = await s.submit(start(redis, { timeout: '10m' }))
    await until(s, () => (where === 'ssh' ? s.calls.length > 2 : s.progress.some(one => 'stage' in one)))
    execution.cancel('enough')
    const error = await execution.result().catch(error => error)
    expect(error.partial.failure).toMatchObject([{ host: 'redis-1', code: 'cancelled' }])
    const state = where === 'ssh' ? 'running' : 'stopped'
    expect(await s.store.get(id)).toMatchObject({ state })
    if (rival) expect(await s.store.holder(id, s.clock.now())).toMatchObject({ owner: 'x' })
    else expect(await s.store.holder(id, s.clock.now())).toBeUndefined()
  })

  test('ends although the provider ignores it, and leaves its lease to run out', async () => {
    const s = scene()
    const { id } = await s.have('redis-1', { state: 'stopped' })
    s.provider.disturb('start', 'ignore everything')
    const out = await s.run(start(redis, { timeout: '30s' }))
    expect(out.failure).toMatchObject([{ code: 'unknown' }])
    expect(out.failure[0]?.message).toMatch(
      /neither answered nor ended .*may still happen; it is left unknown/,
    )
    expect(await s.store.get(id)).toMatchObject({ state: 'unknown' })
    expect(await s.store.holder(id, s.clock.now())).toBeDefined()
    await s.clock.sleep(31_000)
    expect(await s.store.holder(id, s.clock.now())).toBeUndefined()
  })

  test('keeps to an enclosing timeout', async () => {
    const s = scene()
    await s.have('redis-1', { state: 'stopped' })
    s.provider.disturb('start', 'hang')
    const out = await s.run(timeout(start(redis), '20s'))
    expect(out.failure).toMatchObject([{ code: 'timeout' }])
    expect(await s.standing()).toEqual(['redis-1 stopped'])
  })

  test.each([
    ['create', undefined],
    ['create:making the disk', undefined],
    ['start', 'broken'],
    ['start:started', 'broken'],
    ['status', 'broken'],
  ])('while it creates, at %s, leaves nothing or what a repair goes on with', async (moment, state) => {
    const s = scene()
    s.provider.disturb(moment, 'hang')
    const execution = await s.submit(create(kvm('n1'), 'web'))
    const call = moment.split(':')[0]
    await until(s, () => s.provider.calls.includes(`${call} web-1`))
    execution.cancel('enough')
    const error = await execution.result().catch(error => error)
    expect(error.partial.failure).toMatchObject([{ host: 'web-1', code: 'cancelled' }])
    expect(await s.standing()).toEqual(state === undefined ? [] : [`web-1 ${state}`])
    expect(s.provider.machines.size).toBe(state === undefined ? 0 : 1)
    s.provider.disturb(moment, undefined)
    expect((await s.run(pipe(systems(), repair()))).failure).toEqual([])
  })

  test('before some of many were begun leaves nothing of those', async () => {
    const s = scene()
    s.provider.disturb('create', 'hang')
    const execution = await s.submit(create(kvm('n1'), 'web', 10, { perNode: 2 }))
    await until(s, () => s.provider.calls.length === 2)
    expect(await s.standing()).toHaveLength(10)
    execution.cancel('enough')
    const error = await execution.result().catch(error => error)
    expect(error.partial.failure).toHaveLength(10)
    expect(new Set(error.partial.failure.map(({ code }: { code: string }) => code))).toEqual(
      new Set(['cancelled']),
    )
    expect(await s.standing()).toEqual([])
    const dump = await s.store.dump(0)
    for (const { system } of dump.history) expect(await s.store.holder(system, s.clock.now())).toBeUndefined()
  })
})

test('many jobs of many processes on few systems leave each as the last one said', async () => {
  const s = scene()
  for (const name of ['a', 'b', 'c']) await s.have(name, { state: 'stopped' })
  const three = hosts(['a', 'b', 'c'])
  s.provider.disturb('start', { slow: 300 })
  s.provider.disturb('stop', { slow: 700 })
  const jobs = Array.from({ length: 8 }, (_, index) =>
    s.rival().run(pipe(index % 2 === 0 ? start(three, { wait: '10m' }) : stop(three, { wait: '10m' }))),
  )
  for (const out of await Promise.all(jobs)) expect(out.failure).toEqual([])
  for (const [index, { state }] of [...s.provider.machines.values()].entries())
    expect((await s.store.list())[index]?.state).toBe(state)
})

test('what was reserved is given back, even where one place of it can not be', async () => {
  const s = scene()
  s.provider.create = async () => {
    throw new InvalidConfig('a wrong configuration')
  }
  const { remove } = s.store
  const failing = new Set<string>()
  s.store.remove = async (id, ...rest) => {
    if (failing.size === 0) failing.add(id)
    if (failing.has(id)) throw new Error('the disk is full')
    return remove(id, ...rest)
  }
  await expect(s.run(create(kvm('n1'), 'redis', 4, { perNode: 1 }))).rejects.toThrow()
  for (const { id } of await s.store.list()) expect(await s.store.holder(id, s.clock.now())).toBeUndefined()
  expect(await s.standing()).toEqual(['redis-1 broken', 'redis-2 creating'])
})
