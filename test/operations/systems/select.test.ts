import { describe, expect, test } from 'vitest'
import { pipe } from '../../../src/core/combinators/pipe.ts'
import { hosts } from '../../../src/core/hosts.ts'
import { named } from '../../../src/core/named.ts'
import { tagged, typed } from '../../../src/core/systems/labels.ts'
import {
  all,
  either,
  hypervisor,
  matching,
  not,
  running,
  stopped,
  withIds,
  withIp,
} from '../../../src/core/systems/select.ts'
import { exec } from '../../../src/operations/remote/index.ts'
import { byIp, byName, start, stop, systems, toHosts } from '../../../src/operations/systems/index.ts'
import { tale } from '../../run/harness.ts'
import { type Scene, scene } from './scene.ts'

async function closet(): Promise<Scene> {
  const s = scene()
  await s.have('redis-1', {
    type: 'redis',
    tags: ['a', 'b'],
    domain: 'closet.lan',
    user: 'ops',
    key: 'closet',
  })
  await s.have('redis-2', { type: 'redis', state: 'stopped', node: 'n2' })
  await s.have('redis-10', { type: 'redis', tags: ['a'], cpu: 8 })
  await s.have('web', { description: 'shows the shop' })
  return s
}

const names = (out: { successful: readonly { host: string }[] }) => out.successful.map(({ host }) => host)

describe('a selection', () => {
  test('composes conditions that are data, all of which have to fit', async () => {
    const s = await closet()
    const web = (await s.store.find('web'))!
    const select = async (...predicates: Parameters<typeof systems>) =>
      names(await s.run(systems(...predicates)))
    expect(await select()).toEqual(['redis-1', 'redis-2', 'redis-10', 'web'])
    expect(await select(all, withIp)).toEqual(['redis-1', 'redis-10', 'web'])
    expect(await select(typed('redis'), running)).toEqual(['redis-1', 'redis-10'])
    expect(await select(hypervisor('n2'))).toEqual(['redis-2'])
    expect(await select(hypervisor('kvm'), stopped)).toEqual(['redis-2'])
    expect(await select(matching('shop'))).toEqual(['web'])
    expect(await select(withIds(web.id))).toEqual(['web'])
    expect(await select(named('redis-2', 'redis-1.closet.lan'))).toEqual(['redis-1', 'redis-2'])
    expect(await select(tagged('a'), not(tagged('b')))).toEqual(['redis-10'])
    expect(await select(either(stopped, matching('web')))).toEqual(['redis-2', 'web'])
  })

  test('narrows by functions of yours, and what they leave out was never selected', async () => {
    const s = await closet()
    const out = await s.run(
      systems(
        typed('redis'),
        system => (system.cpu ?? 1) > 4,
        ({ state }) => state === 'running',
      ),
    )
    expect(names(out)).toEqual(['redis-10'])
    expect(out.on.hosts.map(({ name }) => name)).toEqual(['redis-10'])
    expect(out.left).toEqual([])
  })

  test('refuses what is no condition when it is written', () => {
    expect(() => systems('redis' as never)).toThrow(/is no condition; write running/)
  })

  test('goes on as hosts', async () => {
    const s = await closet()
    const out = await s.run(pipe(systems(running), exec('uptime')))
    expect(out.failure).toEqual([])
    expect(s.calls.map(({ target }) => target)).toContainEqual({
      name: 'redis-1',
      address: expect.stringMatching(/^10\.1/),
      user: 'ops',
      key: 'closet',
      system: expect.any(String),
    })
  })
})

describe('toHosts', () => {
  test('reaches systems by their full names, or by IP, as themselves or as somebody else', async () => {
    const s = await closet()
    await s.run(pipe(systems(named('redis-1')), toHosts(byName()), exec('a')))
    await s.run(pipe(systems(named('redis-1')), toHosts(byIp({ user: 'me', key: 'mine' })), exec('b')))
    expect(s.calls.map(({ target }) => target)).toMatchObject([
      { name: 'redis-1', address: 'redis-1.closet.lan', user: 'ops', key: 'closet' },
      { name: 'redis-1', address: expect.stringMatching(/^10\.1/), user: 'me', key: 'mine' },
    ])
  })

  test('fails those whose address nobody knows, and keeps the others in their order', async () => {
    const s = await closet()
    const out = await s.run(pipe(systems(typed('redis')), toHosts(byIp()), exec('a')))
    expect(tale(out).map(line => line.split(' ok')[0])).toEqual(['redis-10:', 'redis-1:', 'redis-2: refused'])
    expect(out.failure[0]?.message).toMatch(/no address of redis-2 is known \(it is stopped\)/)
    expect(out.on.hosts.map(({ name }) => name)).toEqual(['redis-1', 'redis-10'])
  })

  test('knows the address that a system has now', async () => {
    const s = await closet()
    const selected = await s.run(systems(named('redis-2')))
    await s.run(pipe(systems(named('redis-2')), start()))
    const out = await s.run(toHosts(byIp()), selected)
    expect(out.on.hosts[0]?.address).toBe((await s.store.find('redis-2'))?.address)
  })

  test('takes named hosts, and systems come back to operations on systems', async () => {
    const s = await closet()
    const out = await s.run(pipe(toHosts(byName()), exec('a'), stop()), hosts(['web', 'redis-1', 'nobody']))
    expect(tale(out).map(line => line.split(' ok')[0])).toEqual(['nobody: refused', 'redis-1:', 'web:'])
    expect(await s.standing()).toContain('web stopped')
  })
})
