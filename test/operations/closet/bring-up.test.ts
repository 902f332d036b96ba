import { describe, expect, test } from 'vitest'
import { pipe } from '../../../src/core/combinators/pipe.ts'
import { hosts } from '../../../src/core/hosts.ts'
import { SystemTrouble } from '../../../src/core/systems/trouble.ts'
import { bringUpCloset, bringUpStage, shutdownCloset } from '../../../src/operations/closet/index.ts'
import { start, stop, syncSystems } from '../../../src/operations/systems/index.ts'
import { fakeProvider } from '../../fakes/provider.ts'
import { scene } from '../systems/scene.ts'

async function closet() {
  const physical = fakeProvider({ name: 'physical' })
  const s = scene({ providers: { physical } })
  const add = async (hostname: string, more = {}) => {
    const system = await s.have(hostname, { provider: 'physical', node: undefined, ...more })
    physical.machines.set(system.id, s.provider.machines.get(system.id)!)
    s.provider.machines.delete(system.id)
  }
  await s.have('redis-1', { node: 'iron' })
  await s.have('redis-2', { node: 'iron' })
  await s.have('old', { state: 'stopped', node: 'iron' })
  await add('iron')
  await add('spare', { state: 'stopped' })
  const order: string[] = []
  for (const provider of [s.provider, physical])
    provider.disturb('start', system => void order.push(system!.hostname))
  return { ...s, physical, order }
}

const reasons = (out: { readonly left: readonly { host: string; reason: string }[] }) =>
  out.left.map(({ host, reason }) => `${host}: ${reason}`)

describe('bringing a closet up', () => {
  test('starts who was shut down in the reverse order, and nobody else', async () => {
    const s = await closet()
    await s.run(shutdownCloset())
    const out = await s.run(bringUpCloset({ hosts: hosts(['bare']) }))
    expect(out.failure).toEqual([])
    expect(out.successful.map(({ host, value }) => `${host} ${value.stage} ${value.is}`)).toEqual([
      'iron hosts running',
      'redis-1 guests running',
      'redis-2 guests running',
    ])
    expect(s.order[0]).toBe('iron')
    expect(reasons(out)).toEqual([
      expect.stringMatching(/^bare: it is no system, so that nothing wakes it/),
      'old: it was not shut down with the closet',
      'spare: it was not shut down with the closet',
    ])
    expect(await s.standing()).toEqual([
      'iron running',
      'old stopped',
      'redis-1 running',
      'redis-2 running',
      'spare stopped',
    ])
  })

  test('leaves alone who somebody started, and who somebody stopped since', async () => {
    const s = await closet()
    await s.run(shutdownCloset())
    await s.run(start(hosts(['redis-1', 'redis-2'])))
    await s.run(stop(hosts(['redis-2'])))
    const out = await s.run(bringUpCloset())
    expect(out.successful.map(({ host }) => host)).toEqual(['iron'])
    expect(reasons(out)).toContain('redis-2: it was not shut down with the closet')
    expect(reasons(out)).toContain('redis-1: it is on')
  })

  test('remembers over looks at providers, which know nothing of it', async () => {
    const s = await closet()
    await s.run(shutdownCloset())
    await s.run(syncSystems())
    // A machine that is silent is off or cut off; nobody can say.
    const { id, revision } = (await s.store.find('iron'))!
    await s.store.change(id, revision, { state: 'unknown' }, { by: 'sync', at: s.clock.now() })
    expect((await s.run(shutdownCloset({ look: false }))).left.map(({ host }) => host)).toContain('iron')
    const out = await s.run(bringUpCloset())
    expect(out.successful.map(({ host }) => host)).toEqual(['iron', 'redis-1', 'redis-2'])
  })

  test('asks a hypervisor that is not there yet again', async () => {
    const s = await closet()
    await s.run(shutdownCloset())
    let asked = 0
    s.provider.disturb('start', () => {
      if (++asked < 6) throw new SystemTrouble('unreachable', 'connection refused')
    })
    const out = await s.run(bringUpCloset())
    expect(out.failure).toEqual([])
    expect(asked).toBeGreaterThanOrEqual(6)
  })

  test('tells who does not come up, at its stage, and tries them again in the next run', async () => {
    const s = await closet()
    await s.run(shutdownCloset())
    s.physical.disturb('start', new SystemTrouble('unreachable', 'nobody there'))
    s.provider.disturb('start', new SystemTrouble('exception', 'no memory'))
    const out = await s.run(bringUpCloset({ stages: { hosts: { within: '1m' } } }))
    expect(out.successful).toEqual([])
    expect(out.failure).toMatchObject([
      { host: 'iron', code: 'unreachable', detail: { stage: 'hosts' } },
      { host: 'redis-1', code: 'exception', detail: { stage: 'guests' } },
      { host: 'redis-2', code: 'exception', detail: { stage: 'guests' } },
    ])
    for (const provider of [s.provider, s.physical]) provider.disturb('start', undefined)
    expect((await s.run(bringUpCloset())).successful.map(({ host }) => host)).toEqual([
      'iron',
      'redis-1',
      'redis-2',
    ])
    expect((await s.run(bringUpCloset())).successful).toEqual([])
  })

  test('is put behind who is to be brought up', async () => {
    const s = await closet()
    await expect(s.run(pipe(bringUpStage('guests') as never), hosts(['x']))).rejects.toThrow(/toBringUp/)
  })
})

describe('what was begun and not finished', () => {
  test('a stop whose process died is gone on with, and is remembered', async () => {
    const s = await closet()
    s.provider.disturb('stop', 'hang' as never)
    const { id, revision } = (await s.store.find('redis-1'))!
    // As a process leaves it that dies in the middle: the word is written, the machine runs.
    await s.store.change(id, revision, { state: 'stopping' }, { by: 'shutdownCloset', at: s.clock.now() })
    s.provider.disturb('stop', undefined)
    const out = await s.run(shutdownCloset())
    expect(out.successful.map(({ host }) => host)).toEqual(['redis-1', 'redis-2', 'iron'])
    expect((await s.run(bringUpCloset())).successful.map(({ host }) => host)).toContain('redis-1')
  })

  test('a guest that would not end and went with its hypervisor comes back with it', async () => {
    const s = await closet()
    s.provider.disturb('stop:deaf', () => undefined)
    const out = await s.run(shutdownCloset({ stages: { guests: { within: '30s' } } }))
    expect(out.failure.map(({ host }) => host)).toEqual(['redis-1', 'redis-2'])
    for (const machine of s.provider.machines.values()) machine.state = 'stopped'
    await s.run(syncSystems())
    expect((await s.run(bringUpCloset())).successful.map(({ host }) => host)).toEqual([
      'iron',
      'redis-1',
      'redis-2',
    ])
  })

  test('a machine of which nobody knew, and that was not there, is not woken', async () => {
    const s = await closet()
    const { id, revision } = (await s.store.find('spare'))!
    await s.store.change(id, revision, { state: 'unknown' }, { by: 'sync', at: s.clock.now() })
    s.physical.disturb('stop', new SystemTrouble('unreachable', 'silent'))
    const out = await s.run(shutdownCloset({ look: false }))
    expect(out.failure).toContainEqual(expect.objectContaining({ host: 'spare', code: 'unreachable' }))
    s.physical.disturb('stop', undefined)
    expect(reasons(await s.run(bringUpCloset()))).toContain('spare: it was not shut down with the closet')
  })
})
