import { describe, expect, test } from 'vitest'
import { hosts } from '../../../src/core/hosts.ts'
import { named } from '../../../src/core/named.ts'
import { kvm } from '../../../src/core/systems/presets.ts'
import { SystemTrouble } from '../../../src/core/systems/trouble.ts'
import { create, repair, start } from '../../../src/operations/systems/index.ts'
import { fakeProvider } from '../../fakes/provider.ts'
import { scene } from './scene.ts'

const gate = create(kvm('n1'), named('gate'))

describe('a machine is ready', () => {
  test('once it has an address and SSH answers, and no sooner', async () => {
    const provider = fakeProvider({ looksToAddress: 7 })
    const s = scene({
      provider,
      script: {
        gate: [{ fails: 'unreachable' }, { fails: 'auth' }, { exits: 1 }, { fails: 'timeout' }, 'up'],
      },
    })
    const out = await s.run(gate)
    expect(out.failure).toEqual([])
    expect(s.calls).toHaveLength(5)
    expect(s.calls[0]?.target).toMatchObject({
      address: '10.0.0.1',
      user: 'root',
      system: expect.any(String),
    })
    expect(s.progress.flatMap(event => ('stage' in event ? [event.stage] : []))).toEqual([
      'making the disk',
      'defining it',
      'starting',
      'waiting for an address',
      'waiting for SSH',
    ])
  })

  test('is asked for with pauses that grow', async () => {
    const s = scene({ script: { gate: [{ fails: 'unreachable' }] } })
    const before = s.clock.now()
    await s.run(create(kvm('n1'), named('gate'), { timeout: '2m' }))
    const seconds = (s.clock.now() - before) / 1000
    expect(seconds).toBeGreaterThanOrEqual(120)
    expect(s.calls.length).toBeGreaterThan(20)
    expect(s.calls.length).toBeLessThan(100)
  })
})

describe('a machine that is not', () => {
  test.each([
    ['running', 'the machine to run', /waited 60s for the machine to run.*the provider says stopped/],
    ['address', 'an address', /waited 180s for an address.*no lease yet, look \d+/],
    ['ssh', 'SSH', /waited 300s for SSH.*10\.0\.0\.1: scripted unreachable/],
  ])('fails by the probe %s, how long it was tried, and the last reason', async (probe, waiting, message) => {
    const provider = fakeProvider({ looksToAddress: probe === 'address' ? 1e9 : 0 })
    if (probe === 'running')
      provider.disturb('start:started', system => {
        provider.machines.get(system!.id)!.state = 'stopped'
        return undefined
      })
    const s = scene({ provider, script: { gate: [{ fails: 'unreachable' }] } })
    const out = await s.run(gate)
    expect(out.failure).toMatchObject([{ code: 'timeout', detail: { probe, tries: expect.any(Number) } }])
    expect(out.failure[0]?.message).toMatch(message)
    expect(out.failure[0]?.message).toContain('reops repair gate goes on')
    expect(await s.store.find('gate')).toMatchObject({
      state: 'broken',
      stage: `waiting for ${waiting}`,
      ...(probe === 'ssh' ? { address: '10.0.0.1' } : {}),
    })
  })

  test('is broken after a start, too, and a repair asks again', async () => {
    const script = { 'redis-1': [{ fails: 'unreachable' } as const] }
    const s = scene({ script })
    await s.have('redis-1', { state: 'stopped' })
    const started = await s.run(start(hosts(['redis-1']), { timeout: '1m' }))
    expect(started.failure).toMatchObject([{ code: 'timeout' }])
    expect(await s.standing()).toEqual(['redis-1 broken'])
    const healed = scene({ provider: s.provider, store: s.store, clock: s.clock })
    expect((await healed.run(repair(hosts(['redis-1'])))).successful).toMatchObject([
      { value: { repaired: 'checked', state: 'running' } },
    ])
    expect(await s.store.find('redis-1')).not.toHaveProperty('problem')
  })

  test('is not asked again where the host key is another one', async () => {
    const s = scene({ script: { gate: [{ fails: 'host-key' }] } })
    const out = await s.run(gate)
    expect(out.failure).toMatchObject([{ code: 'host-key' }])
    expect(s.calls).toHaveLength(1)
    expect(await s.standing()).toEqual(['gate broken'])
  })

  test('is asked for again while its provider is away for a moment', async () => {
    const s = scene()
    let looks = 0
    s.provider.disturb('status', () =>
      ++looks < 5 ? new SystemTrouble('unreachable', 'libvirtd restarts') : undefined,
    )
    expect((await s.run(gate)).failure).toEqual([])
  })
})
