import os from 'node:os'
import { describe, expect, test } from 'vitest'
import { pipe } from '../../../src/core/combinators/pipe.ts'
import { hosts } from '../../../src/core/hosts.ts'
import { tagged } from '../../../src/core/systems/labels.ts'
import { SystemTrouble } from '../../../src/core/systems/trouble.ts'
import {
  type ClosetOutcome,
  shutdownCloset,
  shutdownStage,
  toShutDown,
} from '../../../src/operations/closet/index.ts'
import { fakeProvider } from '../../fakes/provider.ts'
import { scene } from '../systems/scene.ts'

/** A closet of two guests, a container, two machines and a hypervisor that is no system. */
async function closet(script: Parameters<typeof scene>[0] = {}) {
  const order: string[] = []
  const [lxd, physical] = [fakeProvider({ name: 'lxd' }), fakeProvider({ name: 'physical' })]
  const s = scene({ providers: { lxd, physical }, ...script })
  const add = async (provider: typeof lxd, hostname: string, more = {}) => {
    const system = await s.have(hostname, { provider: provider.name, ...more })
    provider.machines.set(system.id, s.provider.machines.get(system.id)!)
    s.provider.machines.delete(system.id)
    return system
  }
  await s.have('redis-1', { node: 'iron' })
  await s.have('redis-2', { node: 'iron' })
  await add(lxd, 'web-1', { node: 'shelf' })
  await add(physical, 'nas', { node: undefined })
  await add(physical, 'attic', { node: undefined })
  for (const provider of [s.provider, lxd, physical])
    provider.disturb('stop:stopped', system => void order.push(system!.hostname))
  return { ...s, lxd, physical, order, add }
}

/** A hypervisor that takes a command and is gone then. */
const goes = [{ after: 1, says: 'reops-asked poweroff' }, { fails: 'unreachable' }] as const
const iron = hosts({ user: 'root' }, ['iron'])

const told = ({ successful, failure, left }: ClosetOutcome) => [
  ...successful.map(({ host, value }) => `${host}: ${value.stage} ${value.is}`),
  ...failure.map(({ host, code, detail }) => `${host}: ${(detail as { stage?: string }).stage} ${code}`),
  ...left.map(({ host, reason }) => `${host}: ${reason}`),
]

describe('shutting a closet down', () => {
  test('goes through guests, containers and hosts, and accounts for all', async () => {
    const s = await closet({ script: { iron: goes } })
    const out = await s.run(shutdownCloset({ hosts: iron }))
    expect(told(out)).toEqual([
      'redis-1: guests stopped',
      'redis-2: guests stopped',
      'web-1: containers stopped',
      'attic: hosts stopped',
      'nas: hosts stopped',
      'iron: hosts stopped',
    ])
    expect(s.order.slice(0, 2).sort()).toEqual(['redis-1', 'redis-2'])
    expect(s.order[2]).toBe('web-1')
    expect(s.order.slice(3).sort()).toEqual(['attic', 'nas'])
    expect(s.calls[0]).toMatchObject({ host: 'iron', command: expect.stringContaining('systemctl poweroff') })
    expect(await s.standing()).toEqual(
      ['attic', 'nas', 'redis-1', 'redis-2', 'web-1'].map(name => `${name} stopped`),
    )
  })

  test('asks nothing of who is off already, and does all that once', async () => {
    const s = await closet()
    await s.have('old', { state: 'stopped' })
    await s.run(shutdownCloset())
    const before = s.order.length
    const out = await s.run(shutdownCloset())
    expect(out.successful).toEqual([])
    expect(new Set(out.left.map(({ reason }) => reason))).toEqual(new Set(['it is off already']))
    expect(out.left).toHaveLength(6)
    expect(s.order).toHaveLength(before)
  })

  test('looks at providers first, and believes the store where they cannot be asked', async () => {
    const s = await closet()
    const hidden = await s.have('hidden', { state: 'stopped' })
    s.provider.machines.get(hidden.id)!.state = 'running'
    s.physical.disturb('list', new SystemTrouble('unreachable', 'no route'))
    const out = await s.run(shutdownCloset())
    expect(told(out)).toContain('hidden: guests stopped')
    expect(told(out)).toContain('nas: hosts stopped')
    expect(out.failure).toMatchObject([{ host: 'physical', code: 'unreachable' }])
  })

  test.each([
    ['leave', 'timeout', 'running'],
    ['cut off', undefined, 'stopped'],
  ] as const)('who is late is %s, and the next stage goes on', async (late, code, state) => {
    const s = await closet()
    s.provider.disturb('stop:deaf', () => undefined)
    const began = s.clock.now()
    const out = await s.run(shutdownCloset({ stages: { guests: { within: '40s', late } } }))
    expect(out.failure.map(one => [one.host, one.code, one.detail])).toEqual(
      code === undefined
        ? []
        : ['redis-1', 'redis-2'].map(name => [name, code, expect.objectContaining({ stage: 'guests' })]),
    )
    expect((await s.store.find('redis-1'))!.state).toBe(state)
    expect(told(out)).toContain('nas: hosts stopped')
    expect(s.clock.now() - began).toBeGreaterThanOrEqual(40_000)
  })

  test.each(['kvm', 'lxd', 'physical'])('goes on where all of %s fail', async name => {
    const s = await closet({ script: { iron: goes } })
    const broken = { kvm: s.provider, lxd: s.lxd, physical: s.physical }[name]!
    broken.disturb('stop', new SystemTrouble('exception', 'it moaned'))
    const out = await s.run(shutdownCloset({ hosts: iron }))
    expect(out.successful.length + out.failure.length).toBe(6)
    expect(out.failure.length).toBeGreaterThan(0)
    expect(told(out)).toContain('iron: hosts stopped')
  })

  test('goes on where the program itself is wrong', async () => {
    const s = await closet()
    const error = Object.assign(new Error('nobody thought of that'), { name: 'TypeError' })
    s.provider.disturb('stop', error)
    const out = await s.run(shutdownCloset())
    expect(out.failure).toMatchObject([
      { host: 'redis-1', code: 'exception', detail: { stage: 'guests' } },
      { host: 'redis-2', code: 'exception', detail: { stage: 'guests' } },
    ])
    expect(told(out)).toContain('nas: hosts stopped')
  })

  test('shuts hosts down by SSH where no store can be read', async () => {
    const s = await closet({ script: { iron: goes } })
    s.store.list = async () => Promise.reject(new Error('the disk is full'))
    const out = await s.run(shutdownCloset({ hosts: iron, look: '1s' }))
    expect(told(out)).toContain('iron: hosts stopped')
    expect(out.failure).toMatchObject([{ host: 'systems', message: expect.stringContaining('disk is full') }])
  })

  test('tells hosts that do not take it, that go on, and that are not there', async () => {
    const s = await closet({
      script: {
        refuses: [{ exits: 1 }],
        stays: ['reops-asked poweroff'],
        away: [{ fails: 'unreachable' }],
        locked: [{ fails: 'auth' }],
        breaks: [{ fails: 'unknown' }, { fails: 'unreachable' }],
      },
    })
    const on = hosts(['refuses', 'stays', 'away', 'locked', 'breaks'])
    const who = { guests: false, containers: false, machines: false } as const
    const out = await s.run(shutdownCloset({ ...who, hosts: on, stages: { hosts: { within: '30s' } } }))
    expect(told(out).sort()).toEqual([
      'away: hosts unreachable',
      'breaks: hosts stopped',
      'locked: hosts auth',
      'refuses: hosts exit',
      'stays: hosts timeout',
    ])
    expect(out.failure.find(({ host }) => host === 'stays')?.message).toMatch(/still answers SSH/)
  })

  test('goes through hosts that lead to others after those', async () => {
    const s = await closet({ script: { gate: goes, inner: goes, innermost: goes } })
    const on = hosts([
      { name: 'gate' },
      { name: 'inner', jump: ['gate'] },
      { name: 'innermost', jump: ['gate', 'inner'] },
    ])
    const who = { guests: false, containers: false, machines: false } as const
    await s.run(shutdownCloset({ ...who, hosts: on, stages: { hosts: { command: 'halt' } } }))
    const asked = s.calls.filter(({ command }) => command === 'halt').map(({ host }) => host)
    expect(asked).toEqual(['innermost', 'inner', 'gate'])
  })

  test('takes other members, and a sequence of one’s own', async () => {
    const s = await closet()
    await s.have('lab', { tags: ['lab'] })
    const out = await s.run(
      pipe(
        toShutDown({ guests: tagged('lab'), containers: false, machines: false }),
        shutdownStage('guests'),
      ),
    )
    expect(told(out)).toEqual(['lab: guests stopped'])
    await expect(s.run(pipe(shutdownStage('guests') as never), hosts(['x']))).rejects.toThrow(/toShutDown/)
  })
})

describe('the own host', () => {
  const here = os.hostname()

  test('is never shut down, by whatever name or address it is known', async () => {
    const s = await closet()
    const on = hosts([
      here,
      'localhost',
      { name: 'loop', address: '127.0.0.1' },
      { name: 'full', address: `${here}` },
      'bridge-of-ours',
    ])
    const who = { guests: false, containers: false, machines: false } as const
    const out = await s.run(shutdownCloset({ ...who, hosts: on, bridge: 'bridge-of-ours' }))
    expect(out.successful).toEqual([])
    expect(out.left.map(({ host }) => host)).toEqual(on.hosts.map(({ name }) => name))
    expect(s.calls).toEqual([])
  })

  test('is spared with the hypervisor and the machine that it stands on', async () => {
    const s = await closet({ script: { iron: goes } })
    await s.add(s.physical, 'iron', { node: undefined })
    const out = await s.run(shutdownCloset({ bridge: 'redis-1' }))
    expect(out.left.map(({ host }) => host).sort()).toEqual(['iron', 'redis-1'])
    expect(await s.standing()).toEqual(expect.arrayContaining(['iron running', 'redis-1 running']))
    expect(told(out)).toContain('redis-2: guests stopped')
  })

  test('is the last when asked for, told to go in a minute', async () => {
    const s = await closet({ script: { gate: ['fine'], iron: goes } })
    const on = hosts(['gate', 'iron'])
    const out = await s.run(shutdownCloset({ hosts: on, bridge: 'gate', own: 'last' }))
    expect(told(out)).toContain('gate: own going down')
    const asked = s.calls.filter(({ command }) => command !== 'true')
    expect(asked.map(({ host }) => host)).toEqual(['iron', 'gate'])
    expect(asked[1]!.command).toContain('shutdown -h +1')
    expect(s.order).toHaveLength(5)
  })

  test('goes with what it stands on', async () => {
    const s = await closet({ script: { iron: ['fine'] } })
    const out = await s.run(shutdownCloset({ hosts: iron, bridge: 'redis-1', own: 'last' }))
    expect(told(out)).toContain('iron: own going down')
    expect(told(out)).toContain('redis-1: this process is on it; it goes with iron')
    expect(s.order).not.toContain('redis-1')
  })
})
