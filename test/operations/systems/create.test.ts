import { describe, expect, test } from 'vitest'
import { pipe } from '../../../src/core/combinators/pipe.ts'
import { named } from '../../../src/core/named.ts'
import { cpus, kvm, login, medium, preset, small, volume } from '../../../src/core/systems/presets.ts'
import { InvalidSystem } from '../../../src/core/systems/spec.ts'
import { SystemTrouble } from '../../../src/core/systems/trouble.ts'
import { exec } from '../../../src/operations/remote/index.ts'
import { create, destroy, systems } from '../../../src/operations/systems/index.ts'
import { fakeProvider } from '../../fakes/provider.ts'
import { tale } from '../../run/harness.ts'
import { scene } from './scene.ts'

const three = create(kvm('n1'), medium, 'redis', 3)

describe('what create makes', () => {
  test('systems that are started, answer SSH, and go on as hosts', async () => {
    const s = scene()
    const out = await s.run(pipe(three, exec('uptime')))
    expect(out.failure).toEqual([])
    expect(out.on.hosts.map(({ name, address, user }) => ({ name, address, user }))).toEqual([
      { name: 'redis-1', address: '10.0.0.1', user: 'root' },
      { name: 'redis-2', address: '10.0.0.2', user: 'root' },
      { name: 'redis-3', address: '10.0.0.3', user: 'root' },
    ])
    expect(await s.standing()).toEqual(['redis-1 running', 'redis-2 running', 'redis-3 running'])
    expect(s.calls.filter(({ command }) => command === 'true').map(({ host }) => host)).toHaveLength(3)
  })

  test('one alone is called by its name, with nothing left of its stages', async () => {
    const s = scene()
    const out = await s.run(create(kvm('n1'), named('gate'), login('ops', 'closet')))
    expect(out.successful).toMatchObject([
      { host: 'gate', value: { hostname: 'gate', domain: 'closet.lan', os: 'debian', user: 'ops' } },
    ])
    expect(out.successful[0]?.value).not.toHaveProperty('stage')
    expect(out.on.hosts).toMatchObject([{ name: 'gate', user: 'ops', key: 'closet' }])
  })

  test('without a name they are called by their type, or by their provider, and taken numbers are passed over', async () => {
    const s = scene()
    await s.have('redis-2')
    expect((await s.run(three)).successful.map(({ host }) => host)).toEqual(['redis-1', 'redis-3', 'redis-4'])
    expect((await s.run(create(kvm('n1'), 'Web.App'))).successful[0]?.host).toBe('web-app-1')
    expect((await s.run(create(kvm('n1')))).successful[0]?.host).toBe('kvm-1')
  })

  test('they stay stopped where that is asked for, and are not waited for at SSH where that is not', async () => {
    const s = scene()
    await s.run(create(kvm('n1'), named('a'), { start: false }))
    await s.run(create(kvm('n1'), named('b'), { ready: false }))
    expect(await s.standing()).toEqual(['a stopped', 'b running'])
    expect(s.calls).toEqual([])
  })

  test('what their provider warned of is in their values', async () => {
    const s = scene()
    s.provider.disturb('create', (_system, job) => {
      job.warn('there is only plain emulation')
      job.warn('there is only plain emulation')
      return undefined
    })
    const out = await s.run(create(kvm('n1'), named('a')))
    expect(out.successful[0]?.value.warnings).toEqual(['there is only plain emulation'])
    expect(await s.store.find('a')).not.toHaveProperty('warnings')
  })

  test('so many at once on a node, and other nodes meanwhile', async () => {
    const s = scene({ concurrency: 100 })
    s.provider.disturb('create:making the disk', { slow: 5_000 })
    const twenty = await s.run(create(kvm('n1'), 'web', 20, { perNode: 3, timeout: '10m' }))
    expect(twenty.successful).toHaveLength(20)
    expect(s.provider.busiest.get('n1')).toBe(3)
  })

  test('its progress is told by hosts and stages', async () => {
    const s = scene()
    await s.run(create(kvm('n1'), named('a')))
    const told = s.progress.map(event => ('stage' in event ? event.stage : event.kind))
    expect(told).toEqual([
      'hosts',
      'host-started',
      'making the disk',
      'defining it',
      'starting',
      'host-ended',
    ])
  })
})

describe('what create refuses', () => {
  test('words that contradict each other, when the pipeline is written', () => {
    expect(() => create(kvm('n1'), kvm('n2'), medium)).toThrow(InvalidSystem)
    expect(() => create(medium)).toThrow(/begin with kvm/)
    expect(create(kvm('n1'), small, medium, cpus(8)).step).toMatchObject({
      args: { spec: { cpu: 8, ram: 2_048 } },
    })
  })

  test('what the provider can not make, with every problem named and nothing touched', async () => {
    const provider = fakeProvider({ problems: ['there is no pool huge', 'UEFI is missing'] })
    const s = scene({ provider })
    await expect(s.run(three)).rejects.toMatchObject({
      error: 'InvalidSystem',
      message: expect.stringContaining('there is no pool huge; UEFI is missing'),
    })
    expect(provider.calls).toEqual([])
    expect(await s.standing()).toEqual([])
  })

  test('a provider that makes nothing', async () => {
    const provider = fakeProvider({ name: 'rocks', abilities: ['start'] })
    const s = scene({ provider })
    await expect(s.run(create(preset('rocks', { provider: 'rocks' })))).rejects.toThrow(
      'rocks makes no systems',
    )
  })

  test('a hostname that another system has, as the failure of that one', async () => {
    const s = scene()
    const redis = await s.have('redis')
    const out = await s.run(create(kvm('n1'), named('redis')))
    expect(out.failure).toMatchObject([{ host: 'redis', code: 'refused' }])
    expect(out.failure[0]?.message).toContain(redis.id)
    expect(s.provider.calls).toEqual([])
  })
})

describe('when something fails', () => {
  test('what its provider took back is gone from the store, and its history stays', async () => {
    const s = scene()
    s.provider.disturb('create:defining it', system =>
      system?.hostname === 'redis-2' ? new SystemTrouble('exception', 'the pool is full') : undefined,
    )
    const out = await s.run(three)
    expect(tale(out).map(line => line.split(' ')[0])).toEqual(['redis-1:', 'redis-2:', 'redis-3:'])
    expect(out.failure).toMatchObject([{ host: 'redis-2', code: 'exception' }])
    expect(out.failure[0]?.message).toMatch(/the pool is full; what had been made was taken back/)
    expect(await s.standing()).toEqual(['redis-1 running', 'redis-3 running'])
    const history = (await s.store.dump(0)).history.filter(({ before }) => before.hostname === 'redis-2')
    expect(history.at(-1)).toMatchObject({ kind: 'removed', by: 'create' })
  })

  test('what could not be taken back is left broken, by name, with a way on', async () => {
    const s = scene()
    s.provider.disturb(
      'create:defining it',
      new SystemTrouble('exception', 'the node is on fire', { left: ['the volume redis-1.qcow2'] }),
    )
    const out = await s.run(create(kvm('n1'), 'redis'))
    expect(out.failure[0]?.message).toMatch(
      /on fire; it is left broken at the stage "defining it"; left behind: the volume redis-1.qcow2; reops repair redis-1 goes on/,
    )
    expect(out.failure[0]?.detail).toMatchObject({ left: ['the volume redis-1.qcow2'], state: 'broken' })
    expect(await s.store.find('redis-1')).toMatchObject({
      state: 'broken',
      stage: 'defining it',
      problem: 'the node is on fire',
    })
  })

  test('a lost connection is never taken for taken back', async () => {
    const s = scene()
    s.provider.disturb('create:defining it', new SystemTrouble('unknown', 'the connection is gone'))
    const out = await s.run(create(kvm('n1'), 'redis'))
    expect(out.failure).toMatchObject([{ code: 'unknown' }])
    expect(await s.standing()).toEqual(['redis-1 broken'])
  })

  test('an error of the program too leaves it broken', async () => {
    const s = scene()
    s.provider.disturb('create:defining it', new TypeError('x is not a function'))
    const out = await s.run(create(kvm('n1'), 'redis'))
    expect(out.failure).toMatchObject([{ code: 'exception', message: 'x is not a function' }])
    expect(await s.standing()).toEqual(['redis-1 broken'])
  })

  test('a machine that does not start is left broken at that stage', async () => {
    const s = scene()
    s.provider.disturb('start', new SystemTrouble('exception', 'no memory left'))
    const out = await s.run(create(kvm('n1'), 'redis'))
    expect(out.failure[0]?.message).toContain('broken at the stage "starting"; reops repair redis-1')
    expect(await s.store.find('redis-1')).toMatchObject({ state: 'broken', ref: expect.any(String) })
  })
})

describe('repeating the same step', () => {
  test('makes nothing twice, whatever had been made', async () => {
    const s = scene()
    s.provider.disturb('create', (system, job) =>
      // As a process that dies in the middle of the second.
      system?.hostname === 'redis-2' ? 'ignore everything' : void job,
    )
    const run = await s.submit(three, undefined, { name: 'nightly' })
    while (!(await s.standing()).includes('redis-1 running')) await s.clock.sleep(100)
    run.cancel('the process is gone')
    await run.result().catch(() => undefined)
    s.provider.disturb('create', undefined)
    const before = (await s.store.list()).map(({ id }) => id)

    const again = await s.rival().run(three, undefined, { name: 'nightly' })
    expect(again.successful.map(({ host }) => host)).toEqual(['redis-1', 'redis-2', 'redis-3'])
    expect(again.successful[0]?.value.id).toBe(before[0])
    expect(s.provider.machines.size).toBe(3)
    expect(s.provider.calls.filter(call => call === 'create redis-1')).toHaveLength(1)
  })

  test('never takes a machine away that it had built before', async () => {
    const s = scene()
    await s.run(three, undefined, { name: 'nightly' })
    s.provider.disturb('create', new SystemTrouble('unreachable', 'the node is down'))
    s.provider.disturb('status', new SystemTrouble('unreachable', 'the node is down'))
    s.provider.disturb('start', new SystemTrouble('unreachable', 'the node is down'))
    const out = await s.run(three, undefined, { name: 'nightly' })
    expect(out.failure.map(({ code }) => code)).toEqual(['unreachable', 'unreachable', 'unreachable'])
    expect(await s.standing()).toHaveLength(3)
    expect(s.provider.machines.size).toBe(3)
  })

  test('another execution, another step and other words make others', async () => {
    const s = scene()
    await s.run(three, undefined, { name: 'one' })
    await s.run(three, undefined, { name: 'two' })
    expect(s.provider.machines.size).toBe(6)
  })

  test('makes again what was destroyed since', async () => {
    const s = scene()
    await s.run(three, undefined, { name: 'nightly' })
    await s.run(pipe(systems(), destroy({ force: true })))
    expect((await s.run(three, undefined, { name: 'nightly' })).failure).toEqual([])
    expect(s.provider.machines.size).toBe(3)
  })
})

test('several processes that create at once share out the names', async () => {
  const s = scene()
  const outs = await Promise.all([s, s.rival(), s.rival()].map(one => one.run(three)))
  expect(outs.flatMap(out => out.failure)).toEqual([])
  const names = outs.flatMap(out => out.successful.map(({ host }) => host))
  expect(new Set(names).size).toBe(9)
  expect(s.provider.machines.size).toBe(9)
})

test('volumes are kept in the record', async () => {
  const s = scene()
  await s.run(create(kvm('n1'), 'db', volume(100, { name: 'data', keep: true })))
  expect(await s.store.find('db-1')).toMatchObject({ volumes: [{ name: 'data', size: 100, keep: true }] })
})
