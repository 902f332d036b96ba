import { describe, expect, test } from 'vitest'
import { pipe } from '../../../src/core/combinators/pipe.ts'
import { UnreadableSystem } from '../../../src/core/systems/store.ts'
import type { System } from '../../../src/core/systems/system.ts'
import { destroy, syncSystems, systems } from '../../../src/operations/systems/index.ts'
import type { FakeMachine } from '../../fakes/provider.ts'
import { type Scene, scene } from './scene.ts'

const machine = (label: string, node: string, told: Partial<System>, ram = 512): FakeMachine => ({
  label,
  node,
  state: 'running',
  cpu: 1,
  ram,
  disk: 10,
  address: '10.66.6.6',
  told,
  snapshots: new Map(),
})

const did = async (s: Scene, options = {}) =>
  (await s.run(syncSystems(options))).successful.map(({ host, value }) => `${host} ${value.synced}`).sort()

describe('sync with nodes that say what is not so', () => {
  test.each([['n1', 'n2'], ['n2', 'n1'], ['n2']])(
    'gives no node a system that another one has, listed in the order %s %s',
    async (...order) => {
      const s = scene({ nodes: ['n1', 'n2'].toSorted(() => (order[0] === 'n1' ? 0 : -1)) })
      const mine = await s.have('redis')
      s.provider.machines.set('liar', machine('redis', 'n2', { id: mine.id, hostname: 'redis' }))
      await did(s, order.length === 1 ? { node: 'n2' } : {})
      expect(await s.store.get(mine.id)).toMatchObject({ node: 'n1', ref: mine.id, address: mine.address })
      expect((await s.store.list()).map(({ hostname, node }) => `${hostname} ${node}`)).toEqual([
        'redis n1',
        'redis-2 n2',
      ])
    },
  )

  test.each([[['n1', 'n2']], [['n2', 'n1']]])(
    'follows a system that did move, listed in the order %j',
    async nodes => {
      const s = scene({ nodes })
      const mine = await s.have('redis')
      s.provider.machines.delete(mine.id)
      s.provider.machines.set('moved', machine('redis', 'n2', { id: mine.id, hostname: 'redis' }))
      expect(await did(s)).toEqual(['redis changed'])
      expect(await s.store.get(mine.id)).toMatchObject({ node: 'n2', ref: 'moved', address: '10.66.6.6' })
    },
  )

  test('follows a node that is called otherwise in the configuration now', async () => {
    const s = scene({ nodes: ['n2'] })
    const mine = await s.have('redis', { node: 'n1' })
    const found = s.provider.machines.get(mine.id)!
    s.provider.machines.set(mine.id, { ...found, node: 'n2' })
    expect(await did(s)).toEqual(['redis changed'])
    expect(await s.store.get(mine.id)).toMatchObject({ node: 'n2' })
  })

  test('adds nothing that was destroyed after it was listed', async () => {
    const s = scene()
    await s.have('gone')
    const { list } = s.provider
    s.provider.list = async (...asked) => {
      const found = await list(...asked)
      await s.rival().run(pipe(systems(), destroy({ force: true })))
      return found
    }
    expect(await did(s)).toEqual([])
    expect(await s.standing()).toEqual([])
  })

  test('takes in a machine whose sizes no system of ours has, without them', async () => {
    const s = scene()
    const mine = await s.have('small')
    s.provider.machines.get(mine.id)!.ram = 32
    s.provider.machines.get(mine.id)!.cpu = Number.NaN
    s.provider.machines.get(mine.id)!.address = '10.0.0.77'
    s.provider.machines.set('m', machine('tiny', 'n1', { id: 'sys-000000000000000000ee' }, 16))
    expect(await did(s)).toEqual(['small changed', 'tiny added'])
    expect(await s.store.get(mine.id)).toMatchObject({ ram: 512, cpu: 1, address: '10.0.0.77' })
  })

  test('tells of a record that is damaged, and brings the others up to date', async () => {
    const s = scene()
    const mine = await s.have('well')
    const damaged = 'sys-000000000000000000dd'
    s.provider.machines.set('m', machine('damaged', 'n1', { id: damaged, hostname: 'damaged' }))
    s.provider.machines.get(mine.id)!.state = 'stopped'
    const { add } = s.store
    s.store.add = async (system, author) => {
      if (system.id === damaged) throw new UnreadableSystem('what is kept of damaged can’t be read')
      return add(system, author)
    }
    const out = await s.run(syncSystems())
    expect(out.failure).toMatchObject([{ host: 'damaged', code: 'refused' }])
    expect(await s.standing()).toEqual(['well stopped'])
  })
})
