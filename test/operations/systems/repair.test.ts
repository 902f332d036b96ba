import { describe, expect, test } from 'vitest'
import { pipe } from '../../../src/core/combinators/pipe.ts'
import { hosts } from '../../../src/core/hosts.ts'
import { named } from '../../../src/core/named.ts'
import { kvm } from '../../../src/core/systems/presets.ts'
import { broken } from '../../../src/core/systems/select.ts'
import { SystemTrouble } from '../../../src/core/systems/trouble.ts'
import { clone, create, destroy, repair, systems } from '../../../src/operations/systems/index.ts'
import { scene } from './scene.ts'

const gate = create(kvm('n1'), named('gate'))
const on = hosts(['gate'])
const left = (what: string) => new SystemTrouble('exception', 'it failed', { left: [what] })

describe('repair', () => {
  test('makes again what could neither be made nor taken back', async () => {
    const s = scene()
    s.provider.disturb('create:making the disk', left('gate.qcow2'))
    await s.run(gate)
    s.provider.disturb('create:making the disk', undefined)
    const before = await s.store.find('gate')
    const out = await s.run(pipe(systems(broken), repair()))
    expect(out.successful).toMatchObject([
      { host: 'gate', value: { id: before?.id, repaired: 'made', state: 'running' } },
    ])
    expect(s.provider.calls).toContain('destroy gate')
    expect(await s.store.find('gate')).not.toHaveProperty('problem')
  })

  test('takes over a machine that is there, and starts it', async () => {
    const s = scene()
    s.provider.disturb('create:defining it', left('the domain gate'))
    await s.run(gate)
    s.provider.disturb('create:defining it', undefined)
    expect((await s.run(repair(on))).successful).toMatchObject([
      { value: { repaired: 'adopted', state: 'running' } },
    ])
    expect(s.provider.calls).not.toContain('destroy gate')
  })

  test('goes on with a creation whose process ended, once its lease has run out', async () => {
    const s = scene()
    const { id } = await s.have('gate', { state: 'creating' })
    s.provider.machines.delete(id)
    await s.store.acquire(id, 'a dead process', 'create', 30_000, s.clock.now())
    expect((await s.run(repair(on))).successful).toMatchObject([{ value: { repaired: 'made' } }])
  })

  test('leaves it broken when it fails again', async () => {
    const s = scene()
    s.provider.disturb('create:making the disk', left('gate.qcow2'))
    await s.run(gate)
    expect((await s.run(repair(on))).failure).toMatchObject([{ code: 'exception' }])
    expect(await s.standing()).toEqual(['gate broken'])
  })

  test('goes on with a destruction, for which there was consent', async () => {
    const s = scene()
    await s.have('gate')
    s.provider.disturb('destroy', left('gate.qcow2'))
    await s.run(destroy(on, { force: true }))
    s.provider.disturb('destroy', undefined)
    expect((await s.run(repair(on))).successful).toMatchObject([{ value: { repaired: 'destroyed' } }])
    expect(await s.standing()).toEqual([])
    expect(s.provider.machines.size).toBe(0)
  })

  test.each(['starting', 'stopping', 'provisioning', 'unknown', 'broken'] as const)(
    'asks the provider for the truth of one that is %s',
    async state => {
      const s = scene()
      const { id } = await s.have('gate', { state })
      expect((await s.run(repair(on))).successful).toMatchObject([{ value: { repaired: 'checked' } }])
      expect(await s.store.get(id)).toMatchObject({ state: 'stopped' })
    },
  )

  test('forgets one that is missing only with consent', async () => {
    const s = scene()
    await s.have('gate')
    s.provider.machines.clear()
    const refused = await s.run(repair(on))
    expect(refused.failure).toMatchObject([{ code: 'refused' }])
    expect(refused.failure[0]?.message).toMatch(/gate is missing: kvm n1 does not know it any more/)
    expect(await s.standing()).toEqual(['gate missing'])
    expect((await s.run(repair(on, { force: true }))).successful).toMatchObject([
      { value: { repaired: 'forgotten' } },
    ])
    expect(await s.standing()).toEqual([])
  })

  test('takes one that is back for what it is', async () => {
    const s = scene()
    await s.have('gate', { state: 'missing' })
    expect((await s.run(repair(on))).failure).toEqual([])
    expect(await s.standing()).toEqual(['gate stopped'])
  })

  test('takes a half-made clone away, since what it was to be made of may have changed', async () => {
    const s = scene()
    await s.have('redis')
    s.provider.disturb('clone:making the disk', left('gate.qcow2'))
    await s.run(clone(hosts(['redis']), 'gate'))
    expect(await s.standing()).toEqual(['gate broken', 'redis running'])
    expect((await s.run(repair(on))).successful).toMatchObject([{ value: { repaired: 'destroyed' } }])
    expect(await s.standing()).toEqual(['redis running'])
  })
})

describe('clone', () => {
  test('goes on with the clones, and lists what they were made of', async () => {
    const s = scene()
    await s.have('redis-1', {
      type: 'redis',
      tags: ['a'],
      network: { kind: 'nat', mac: '52:54:00:00:00:01' },
    })
    await s.have('redis-2')
    const out = await s.run(pipe(systems(), clone('copy')))
    expect(out.on.hosts.map(({ name }) => name)).toEqual(['copy-1', 'copy-2'])
    expect(out.left).toMatchObject([
      { host: 'redis-1', reason: 'its clone copy-1 goes on' },
      { host: 'redis-2', reason: 'its clone copy-2 goes on' },
    ])
    expect(out.successful[0]?.value).toMatchObject({ state: 'running', type: 'redis', tags: ['a'] })
    expect(out.successful[0]?.value.network).toEqual({ kind: 'nat' })
    expect([...s.provider.machines.values()].map(({ from }) => from)).toEqual([
      undefined,
      undefined,
      (await s.store.find('redis-1'))?.id,
      (await s.store.find('redis-2'))?.id,
    ])
  })

  test('is called by the name alone where there is one, and makes nothing twice', async () => {
    const s = scene()
    await s.have('redis-1')
    const selected = await s.run(systems())
    const copy = clone('copy', { start: false })
    for (let times = 0; times < 2; times++) {
      const out = await s.run(copy, selected, { name: 'nightly' })
      expect(out.successful).toMatchObject([{ host: 'copy', value: { state: 'stopped' } }])
    }
    expect(s.provider.machines.size).toBe(2)
  })

  test('accounts for those that can not be cloned by their own names', async () => {
    const s = scene()
    await s.have('a')
    await s.have('b')
    s.provider.disturb('clone', copy =>
      copy?.hostname === 'copy-2' ? new SystemTrouble('refused', 'it runs') : undefined,
    )
    const out = await s.run(clone(hosts(['a', 'b', 'nobody']), 'copy'))
    expect(out.successful.map(({ host }) => host)).toEqual(['copy-1'])
    expect(out.failure.map(({ host, code }) => `${host} ${code}`).sort()).toEqual([
      'b refused',
      'nobody refused',
    ])
    expect(out.left.map(({ host }) => host)).toEqual(['a'])
    expect(await s.standing()).toEqual(['a running', 'b running', 'copy-1 running'])
  })

  test('waits for whoever works on what is cloned, and nobody changes that meanwhile', async () => {
    const s = scene()
    const { id } = await s.have('a')
    await s.store.acquire(id, 'somebody', 'lunch', 30_000, s.clock.now())
    const refused = await s.run(clone(hosts(['a']), 'copy', { wait: '5s' }))
    expect(refused.failure).toMatchObject([{ host: 'a', code: 'busy' }])
    expect(await s.standing()).toEqual(['a running'])
    let holder: unknown
    s.provider.disturb('clone', async () => {
      holder = await s.store.holder(id, s.clock.now())
      return undefined
    })
    expect((await s.run(clone(hosts(['a']), 'copy'))).failure).toEqual([])
    expect(holder).toMatchObject({ purpose: expect.stringContaining('clone') })
  })
})
