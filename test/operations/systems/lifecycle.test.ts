import { describe, expect, test } from 'vitest'
import { pipe } from '../../../src/core/combinators/pipe.ts'
import { type Hosts, hosts } from '../../../src/core/hosts.ts'
import { failed, pick } from '../../../src/core/operation/pick.ts'
import type { Outcome } from '../../../src/core/outcome.ts'
import { not, running, stopped } from '../../../src/core/systems/select.ts'
import { SystemTrouble } from '../../../src/core/systems/trouble.ts'
import { exec } from '../../../src/operations/remote/index.ts'
import {
  destroy,
  ready,
  repair,
  resize,
  restart,
  revert,
  snapshot,
  start,
  stop,
  systems,
} from '../../../src/operations/systems/index.ts'
import { fakeProvider } from '../../fakes/provider.ts'
import { tale } from '../../run/harness.ts'
import { scene } from './scene.ts'

describe('start', () => {
  test('starts what is selected, waits for SSH, and hands on where it is reached', async () => {
    const s = scene()
    await s.have('redis-1', { state: 'stopped' })
    await s.have('redis-2', { state: 'stopped' })
    const out = await s.run(pipe(systems(stopped), start(), exec('uptime')))
    expect(out.failure).toEqual([])
    expect(await s.standing()).toEqual(['redis-1 running', 'redis-2 running'])
    expect(out.successful.map(({ host }) => host)).toEqual(['redis-1', 'redis-2'])
    const reached = s.calls.filter(({ command }) => command === 'uptime').map(({ target }) => target.address)
    expect(reached.sort()).toEqual(['10.0.0.1', '10.0.0.2'])
  })

  test('hands named hosts on as their systems are reached, but for what was said of them', async () => {
    const s = scene()
    const { id } = await s.have('redis-1', { state: 'stopped', user: 'ops', key: 'closet' })
    await s.have('redis-2', { state: 'stopped' })
    const on = hosts({ user: 'me' }, ['redis-1', { name: 'redis-2', address: '10.7.7.7' }])
    const out = await s.run(start(on))
    const { address } = (await s.store.get(id))!
    expect(out.on.hosts).toEqual([
      { name: 'redis-1', address, user: 'me', key: 'closet', system: id },
      { name: 'redis-2', address: '10.7.7.7', user: 'me' },
    ])
  })

  test('takes named hosts that are known systems, by hostname or by full name', async () => {
    const s = scene()
    await s.have('redis-1', { state: 'stopped' })
    await s.have('redis-2', { state: 'stopped', domain: 'closet.lan' })
    const out = await s.run(start(hosts(['redis-1', 'redis-2.closet.lan', 'nobody'])))
    expect(tale(out).map(line => line.split(' {')[0])).toEqual([
      'nobody: refused',
      'redis-1: ok',
      'redis-2.closet.lan: ok',
    ])
    expect(out.failure[0]?.message).toMatch(/nobody is no system that is known here; reops list/)
  })

  test('works on the same system only once', async () => {
    const s = scene()
    const { id } = await s.have('redis-1', { state: 'stopped', domain: 'closet.lan' })
    const out = await s.run(start(hosts(['redis-1', 'redis-1.closet.lan', { name: 'other', system: id }])))
    expect(tale(out).map(line => line.split(' {')[0])).toEqual([
      'other: refused',
      'redis-1.closet.lan: refused',
      'redis-1: ok',
    ])
    expect(s.provider.calls.filter(call => call.startsWith('start'))).toHaveLength(1)
  })

  test('finds one that runs already as it is', async () => {
    const s = scene()
    const before = await s.have('redis-1')
    const out = await s.run(start(hosts(['redis-1'])))
    expect(out.successful[0]?.value).toMatchObject({ state: 'running', address: before.address })
  })

  test('a failure that did nothing leaves it as it was', async () => {
    const s = scene()
    await s.have('redis-1', { state: 'stopped' })
    s.provider.disturb('start', new SystemTrouble('unreachable', 'no route to n1'))
    const out = await s.run(start(hosts(['redis-1'])))
    expect(out.failure).toMatchObject([
      { code: 'unreachable', message: 'no route to n1', detail: { node: 'n1' } },
    ])
    expect(await s.store.find('redis-1')).not.toHaveProperty('problem')
    expect(await s.standing()).toEqual(['redis-1 stopped'])
  })

  test('after a failure in the middle its provider is asked how it stands', async () => {
    const s = scene()
    await s.have('redis-1', { state: 'stopped' })
    s.provider.disturb('start:started', new SystemTrouble('exception', 'it moaned'))
    await s.run(start(hosts(['redis-1'])))
    expect(await s.store.find('redis-1')).toMatchObject({ state: 'running', problem: 'it moaned' })
  })

  test('what nobody can say is unknown, and says how to go on', async () => {
    const s = scene()
    await s.have('redis-1', { state: 'stopped' })
    s.provider.disturb('start:started', new SystemTrouble('unknown', 'the connection is gone'))
    s.provider.disturb('status', new SystemTrouble('unreachable', 'the connection is gone'))
    const out = await s.run(start(hosts(['redis-1'])))
    expect(out.failure[0]?.message).toMatch(/it is left unknown .*; reops repair redis-1 goes on/)
    expect(await s.standing()).toEqual(['redis-1 unknown'])
  })

  test('a provider that is not wired here is the trouble of its systems alone', async () => {
    const s = scene()
    await s.have('redis-1', { state: 'stopped' })
    await s.have('cloudy', { provider: 'elsewhere' })
    const out = await s.run(start(hosts(['redis-1', 'cloudy'])))
    expect(tale(out).map(line => line.split(' {')[0])).toEqual(['cloudy: refused', 'redis-1: ok'])
  })

  test('failures of a pipeline keep who they are about, so that they are acted on again', async () => {
    const s = scene()
    await s.have('redis-1', { state: 'stopped' })
    let attempts = 0
    s.provider.disturb('start', () =>
      ++attempts === 1 ? new SystemTrouble('exception', 'not now') : undefined,
    )
    const out = await s.run(pipe(systems(), start(), pick(failed), start()))
    expect(out.successful.map(({ host }) => host)).toEqual(['redis-1'])
  })
})

describe('stop', () => {
  test('is graceful, and a system that is deaf to it goes on running', async () => {
    const s = scene()
    await s.have('redis-1')
    s.provider.disturb('stop:deaf', () => undefined)
    const out = await s.run(stop(hosts(['redis-1']), { grace: '10s' }))
    expect(out.failure).toMatchObject([{ code: 'timeout' }])
    expect(await s.store.find('redis-1')).toMatchObject({ state: 'running', problem: expect.any(String) })
  })

  test('cuts it off after its grace where that is asked for', async () => {
    const s = scene()
    await s.have('redis-1')
    s.provider.disturb('stop:deaf', () => undefined)
    const before = s.clock.now()
    const out = await s.run(stop(hosts(['redis-1']), { grace: '10s', force: true }))
    expect(out.failure).toEqual([])
    expect(s.clock.now() - before).toBeGreaterThanOrEqual(10_000)
    expect(out.successful[0]?.value).not.toHaveProperty('address')
    expect(await s.standing()).toEqual(['redis-1 stopped'])
  })

  test('finds a stopped one stopped, and clears the problem of before', async () => {
    const s = scene()
    await s.have('redis-1', { state: 'stopped', problem: 'it moaned' })
    expect((await s.run(stop(hosts(['redis-1'])))).failure).toEqual([])
    expect(await s.store.find('redis-1')).not.toHaveProperty('problem')
  })
})

describe('restart', () => {
  test('waits until each answers again', async () => {
    const s = scene({ script: { 'redis-1': [{ fails: 'unreachable' }, 'up'] } })
    await s.have('redis-1')
    const out = await s.run(pipe(systems(running), restart()))
    expect(out.failure).toEqual([])
    expect(s.calls.map(({ command }) => command)).toEqual(['true', 'true'])
  })
})

describe('destroy', () => {
  test('needs consent, and touches nothing without', async () => {
    const s = scene()
    await s.have('db', { volumes: [{ name: 'data', size: 1, keep: true }] })
    const out = await s.run(destroy(hosts(['db'])))
    expect(out.failure).toMatchObject([{ code: 'refused' }])
    expect(out.failure[0]?.message).toMatch(/with its disks, but for 1 kept volume, and nobody consented/)
    expect(s.provider.calls).toEqual([])
  })

  test('keeps the volumes that are to be kept, names them, and forgets the system but not its history', async () => {
    const s = scene()
    const { id } = await s.have('db', { volumes: [{ name: 'data', size: 1, keep: true }] })
    const out = await s.run(destroy(hosts(['db']), { force: true }))
    expect(out.successful.map(({ value }) => value)).toEqual([{ id, hostname: 'db', kept: ['db-data'] }])
    expect(s.provider.kept).toEqual(['db-data'])
    expect(await s.standing()).toEqual([])
    expect((await s.store.history(id)).at(-1)).toMatchObject({ kind: 'removed', by: 'destroy' })
  })

  test('one that failed in the middle is broken at that stage, and nothing starts it any more', async () => {
    const s = scene()
    await s.have('db')
    s.provider.disturb('destroy', new SystemTrouble('exception', 'the disk is busy', { left: ['db.qcow2'] }))
    const out = await s.run(destroy(hosts(['db']), { force: true }))
    expect(out.failure[0]?.message).toMatch(/left broken at the stage "destroying"; left behind: db.qcow2/)
    const refused = await s.run(start(hosts(['db'])))
    expect(refused.failure).toMatchObject([{ code: 'refused' }])
    s.provider.disturb('destroy', undefined)
    expect((await s.run(destroy(hosts(['db']), { force: true }))).failure).toEqual([])
  })

  test.each(['busy', 'refused', 'unreachable', 'auth', 'host-key'] as const)(
    'one whose provider failed in the middle (%s) is broken, and one that was not begun is as before',
    async code => {
      const s = scene()
      await s.have('db')
      s.provider.disturb('destroy', new SystemTrouble(code, 'no way to n1'))
      const untouched = await s.run(destroy(hosts(['db']), { force: true }))
      expect(untouched.failure).toMatchObject([{ code, message: 'no way to n1' }])
      expect(await s.standing()).toEqual(['db running'])
      s.provider.disturb('destroy', undefined)
      s.provider.disturb('destroy:gone', new SystemTrouble(code, 'the way to n1 was lost'))
      const half = await s.run(destroy(hosts(['db']), { force: true }))
      expect(half.failure[0]?.message).toMatch(/was lost; it is left broken at the stage "destroying"/)
      s.provider.disturb('destroy:gone', undefined)
      const repaired = await s.run(pipe(systems(), repair()))
      expect(repaired.successful).toMatchObject([{ value: { repaired: 'destroyed' } }])
      expect(await s.standing()).toEqual([])
    },
  )

  test('repeated with the same hosts, as after a crash, it finds them destroyed', async () => {
    const s = scene()
    await s.have('db')
    const selected = await s.run(systems())
    await s.run(destroy({ force: true }), selected)
    const again = await s.run(destroy({ force: true }), selected)
    expect(again.successful).toMatchObject([{ host: 'db', value: { hostname: 'db', kept: [] } }])
    const started = await s.run(start(), selected)
    expect(started.failure).toMatchObject([{ code: 'refused' }])
  })
})

describe('snapshot, revert and resize', () => {
  test('take systems back to how they stood', async () => {
    const s = scene()
    await s.have('redis-1')
    const out = await s.run(pipe(systems(), snapshot('before'), stop(), revert('before')))
    expect(out.failure).toEqual([])
    expect(await s.standing()).toEqual(['redis-1 running'])
    expect(s.calls.map(({ command }) => command)).toEqual(['true'])
  })

  test('give other sizes, which the record then says', async () => {
    const s = scene()
    await s.have('redis-1')
    const out = await s.run(resize(hosts(['redis-1']), { cpu: 4, ram: 4_096 }))
    expect(out.successful[0]?.value).toMatchObject({ cpu: 4, ram: 4_096, state: 'running' })
    expect(() => resize({})).toThrow(/name a size/)
  })

  test('take sizes back with the rest, in the record too', async () => {
    const s = scene()
    const { id } = await s.have('redis-1', { cpu: 2, ram: 2_048 })
    const made = { ...s.provider.machines.get(id)! }
    const one = hosts(['redis-1'])
    await s.run(pipe(snapshot(one, 'before'), resize({ cpu: 4, ram: 4_096, disk: 40 })))
    expect(await s.store.get(id)).toMatchObject({ cpu: 4, ram: 4_096, disk: 40 })
    const out = await s.run(revert(one, 'before'))
    const { cpu, ram, disk } = made
    expect(out.successful[0]?.value).toMatchObject({ cpu, ram, disk })
    expect(await s.store.get(id)).toMatchObject({ cpu, ram, disk })
  })

  test('sizes that a provider does not say after it are not known any more', async () => {
    const s = scene()
    const { id } = await s.have('redis-1')
    const one = hosts(['redis-1'])
    s.provider.machines.get(id)!.disk = undefined
    await s.run(snapshot(one, 'before'))
    await s.run(resize(one, { disk: 40 }))
    await s.run(revert(one, 'before'))
    expect((await s.store.get(id))?.disk).toBeUndefined()
  })

  test('a snapshot that is not there leaves the system as it is', async () => {
    const s = scene()
    await s.have('redis-1')
    const out = await s.run(revert(hosts(['redis-1']), 'never'))
    expect(out.failure).toMatchObject([{ code: 'refused', message: 'there is no snapshot never' }])
    expect(await s.standing()).toEqual(['redis-1 running'])
  })
})

describe('what a provider can not do', () => {
  test('is refused in its own words, with nothing touched', async () => {
    const provider = fakeProvider({ name: 'rocks', abilities: ['start'] })
    const s = scene({ provider })
    const { id } = await s.have('boulder')
    const before = await s.store.history(id)
    for (const operation of [stop(), destroy({ force: true }), snapshot('a'), resize({ cpu: 2 })]) {
      const { failure } = await s.run<Outcome<Hosts, unknown>>(operation, hosts(['boulder']))
      expect(failure).toMatchObject([{ code: 'refused' }])
    }
    expect(await s.store.history(id)).toEqual(before)
    expect((await s.run(start(hosts(['boulder'])))).failure).toEqual([])
  })
})

describe('without systems', () => {
  test('a selection may be empty, and what follows has nothing to do', async () => {
    const s = scene()
    await s.have('a')
    const out = await s.run(pipe(systems(not(running)), start()))
    expect(out).toEqual({
      on: { via: 'ssh', defaults: {}, hosts: [] },
      successful: [],
      failure: [],
      left: [],
    })
    expect((await s.run(ready(hosts(['a'])))).failure).toEqual([])
  })
})
