import { describe, expect, test } from 'vitest'
import { pipe } from '../../../src/core/combinators/pipe.ts'
import { hosts } from '../../../src/core/hosts.ts'
import { kvm, volume } from '../../../src/core/systems/presets.ts'
import type { System } from '../../../src/core/systems/system.ts'
import { SystemTrouble } from '../../../src/core/systems/trouble.ts'
import { create, start, syncSystems, systems } from '../../../src/operations/systems/index.ts'
import { openMemorySystemStore } from '../../../src/state/memory/systems.ts'
import { type FakeMachine, fakeProvider } from '../../fakes/provider.ts'
import { type Scene, scene } from './scene.ts'

const did = (out: { successful: readonly { host: string; value: { synced: string } }[] }) =>
  out.successful.map(({ host, value }) => `${host} ${value.synced}`)

function machine(
  label: string,
  told: Partial<System> | undefined,
  more: Partial<FakeMachine> = {},
): FakeMachine {
  return {
    label,
    node: 'n1',
    state: 'stopped',
    cpu: 1,
    ram: 512,
    disk: 10,
    address: undefined,
    snapshots: new Map(),
    ...more,
    told,
  }
}

/** The same world with its store lost. */
function forgetful(s: Scene): Scene {
  return scene({ provider: s.provider, clock: s.clock, store: openMemorySystemStore() })
}

describe('sync', () => {
  test('makes the store again from what providers have', async () => {
    const s = scene()
    await s.run(create(kvm('n1'), 'redis', volume(10, { name: 'data', keep: true }), 3))
    const before = await s.store.list()
    const lost = forgetful(s)
    expect(did(await lost.run(syncSystems()))).toEqual(['redis-1 added', 'redis-2 added', 'redis-3 added'])
    const timeless = (all: readonly System[]) =>
      all.map(({ createdAt, updatedAt, revision, ...rest }) => rest)
    expect(timeless(await lost.store.list())).toEqual(timeless(before))
    expect(did(await lost.run(syncSystems()))).toEqual([
      'redis-1 unchanged',
      'redis-2 unchanged',
      'redis-3 unchanged',
    ])
  })

  test('brings states and addresses up to date, and finds what is gone missing', async () => {
    const s = scene()
    const [a, b, c] = [await s.have('a'), await s.have('b'), await s.have('c', { state: 'stopped' })]
    s.provider.machines.get(a.id)!.state = 'stopped'
    s.provider.machines.get(a.id)!.address = undefined
    s.provider.machines.delete(b.id)
    s.provider.machines.get(c.id)!.state = 'running'
    s.provider.machines.get(c.id)!.address = '10.9.9.9'
    const out = await s.run(syncSystems())
    expect(did(out).sort()).toEqual(['a changed', 'b missing', 'c changed'])
    expect(await s.standing()).toEqual(['a stopped', 'b missing', 'c running'])
    expect(await s.store.get(a.id)).not.toHaveProperty('address')
    expect(await s.store.get(c.id)).toMatchObject({ address: '10.9.9.9' })
  })

  test('asks for a system alone before it says that it is gone', async () => {
    const s = scene()
    await s.have('a')
    s.provider.list = async () => []
    expect(did(await s.run(syncSystems()))).toEqual(['a unchanged'])
    s.provider.disturb('status', new SystemTrouble('unreachable', 'gone for a moment'))
    await s.run(syncSystems())
    expect(await s.standing()).toEqual(['a unknown'])
  })

  test('leaves alone what somebody works on, and what is half done', async () => {
    const s = scene()
    const held = await s.have('held')
    await s.have('half', { state: 'creating' })
    await s.have('broken', { state: 'broken', stage: 'starting', problem: 'no memory' })
    await s.store.acquire(held.id, 'somebody', 'lunch', 30_000, s.clock.now())
    for (const one of s.provider.machines.values()) one.state = 'stopped'
    expect(did(await s.run(syncSystems())).sort()).toEqual([
      'broken unchanged',
      'half unchanged',
      'held busy',
    ])
    expect(await s.standing()).toEqual(['broken broken', 'half creating', 'held running'])
  })

  test('reports strangers only when asked, and adds none', async () => {
    const s = scene()
    s.provider.machines.set('vm-7', machine('windows \u001b[2J', undefined, { state: 'running' }))
    expect(await s.run(syncSystems())).toMatchObject({ successful: [], left: [] })
    const out = await s.run(syncSystems({ strangers: true }))
    expect(out.left).toMatchObject([{ host: 'windows \u001b[2J', reason: 'a stranger on kvm, running' }])
    expect(await s.standing()).toEqual([])
  })

  test('tells two that claim one hostname apart by a number, and one id by their machines', async () => {
    const s = scene()
    const told = { id: 'sys-000000000000000000aa', hostname: 'redis', tags: ['a'] }
    s.provider.machines.set('m1', machine('redis', told))
    s.provider.machines.set('m2', machine('redis', { ...told, id: 'sys-000000000000000000bb' }))
    s.provider.machines.set('m3', machine('redis', told, { node: 'n2' }))
    expect(did(await s.run(syncSystems()))).toEqual(['redis added', 'redis-2 added', 'redis-3 added'])
    expect(new Set((await s.store.list()).map(({ ref }) => ref))).toEqual(new Set(['m1', 'm2', 'm3']))
    expect(did(await s.run(syncSystems())).sort()).toEqual([
      'redis unchanged',
      'redis-2 unchanged',
      'redis-3 unchanged',
    ])
  })

  test('believes nothing that is written at a machine and that no system can be', async () => {
    const s = scene()
    const told = {
      id: '../../etc/passwd',
      hostname: 'Bad Name; rm -rf /',
      tags: ['ok', '$(boom)'],
      description: 'mine',
      state: 'running',
      provider: 'ec2',
      ref: 'elsewhere',
      nonsense: true,
    } as unknown as Partial<System>
    s.provider.machines.set('m1', machine('web_01', told))
    const out = await s.run(syncSystems())
    expect(out.successful).toMatchObject([
      {
        host: 'web-01',
        value: { provider: 'kvm', ref: 'm1', state: 'stopped', description: 'mine', tags: [] },
      },
    ])
    expect(out.successful[0]?.value.id).toMatch(/^sys-[0-9a-f]{20}$/)
  })

  test('a node that can not be listed is a failure, and its systems stay as they are', async () => {
    const s = scene({ nodes: ['n1', 'n2'] })
    await s.have('a')
    const b = await s.have('b', { node: 'n2' })
    s.provider.machines.clear()
    s.provider.disturb('list n2', new SystemTrouble('unreachable', 'no route to n2'))
    const out = await s.run(syncSystems())
    expect(did(out)).toEqual(['a missing'])
    expect(out.failure).toMatchObject([{ host: 'n2', code: 'unreachable' }])
    expect(await s.store.get(b.id)).toMatchObject({ state: 'running' })
  })

  test('lists one node alone, and refuses one that is not there', async () => {
    const s = scene({ nodes: ['n1', 'n2'] })
    await s.have('a')
    await s.have('b', { node: 'n2' })
    expect(did(await s.run(syncSystems({ node: 'n2' })))).toEqual(['b unchanged'])
    await expect(s.run(syncSystems({ node: 'n3' }))).rejects.toThrow(
      /nothing is configured as n3; there is n1, n2/,
    )
  })

  test('takes over what a configuration says of machines that are not made', async () => {
    const provider = fakeProvider({ name: 'physical', abilities: ['start', 'stop'] })
    const s = scene({ provider })
    const told = { id: 'sys-000000000000000000cc', hostname: 'nas', description: 'the old one', user: 'ops' }
    provider.machines.set(told.id, machine('nas', told, { state: 'running', address: '10.0.0.9' }))
    await s.run(syncSystems())
    provider.machines.get(told.id)!.told = { ...told, description: 'the new one', tags: ['loud'] }
    expect(did(await s.run(syncSystems()))).toEqual(['nas changed'])
    expect(await s.store.find('nas')).toMatchObject({
      description: 'the new one',
      tags: ['loud'],
      user: 'ops',
    })
  })

  test('never changes what is being changed meanwhile', async () => {
    const s = scene()
    await s.have('a', { state: 'stopped' })
    s.provider.disturb('start', { slow: 5_000 })
    const started = s.run(start(hosts(['a'])))
    await s.clock.sleep(1_000)
    expect(did(await s.rival().run(syncSystems()))).toEqual(['a busy'])
    expect((await started).failure).toEqual([])
  })

  test('goes on to the systems that it found', async () => {
    const s = scene()
    await s.have('a', { state: 'stopped' })
    const out = await s.run(pipe(syncSystems(), start()))
    expect(out.successful.map(({ host }) => host)).toEqual(['a'])
    expect((await s.run(systems())).successful[0]?.value.state).toBe('running')
  })
})
