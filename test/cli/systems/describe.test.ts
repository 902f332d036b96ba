import { expect, test } from 'vitest'
import { call, project } from '../harness.ts'
import { scene } from './scene.ts'

const undated = (text: string) => text.replace(/\d{4}-\d\d-\d\d \d\d:\d\d:\d\d/g, 'then')

test('describe tells all that is known of a system', async () => {
  const { reops, have, store, provider } = await scene()
  const { id } = await have('redis-1', {
    ...{ type: 'redis', args: { port: 6380 }, cpu: 2, ram: 2_048, disk: 20, os: 'debian-12', domain: 'lan' },
    ...{ user: 'ops', key: 'closet', tags: ['web'], description: 'a cache', packages: ['curl'] },
    network: { kind: 'bridge', name: 'br0' },
    volumes: [{ name: 'data', size: 100, keep: true }],
  })
  const machine = provider.machines.get(id)!
  machine.snapshots.set('before', { ...machine, state: 'running' })
  await store.acquire(id, 'somebody', 'stop in execution x', 60_000, Date.now())
  const { status, stdout, stderr } = await reops(['describe', 'redis-1'])
  expect(undated(stdout)).toContain(
    [
      'redis-1.lan  running',
      'about      a cache',
      `id         ${id}`,
      'type       redis {"port":6380}',
      `on         big-iron (kvm) ${id}`,
      'image      debian-12',
      'sizes      2 cpu, 2 GiB, disk 20 GiB',
      'volumes    data 100 GiB kept',
      'network    bridge br0',
      'address    10.1.0.1',
      'login      ops by the key closet',
      'tags       web',
      'packages   curl',
      'made       then, changed then',
      'held by    somebody for stop in execution x, since then, until then',
    ].join('\n'),
  )
  expect(stdout).toMatch(/^snapshots {2}before \(\d{4}-.*, while it ran\)$/m)
  expect(stdout).toMatch(/ 1 {9}created {2}test {2}/)
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
})

test('describe --json is one document', async () => {
  const { reops, have } = await scene()
  const system = await have('redis-1')
  const { stdout } = await reops(['describe', system.id, '--json'])
  expect(JSON.parse(stdout)).toMatchObject({
    system: JSON.parse(JSON.stringify(system)),
    host: { name: 'redis-1', address: '10.1.0.1' },
    holder: null,
    snapshots: [],
    history: [{ kind: 'created', by: 'test' }],
  })
})

test('describe tells the rest when its provider can not be asked', async () => {
  const { reops, have, provider } = await scene()
  const { id } = await have('redis-1')
  provider.machines.delete(id)
  const { status, stdout } = await reops(['describe', 'redis-1'])
  expect(stdout).toContain('snapshots  not known: kvm knows no machine of redis-1')
  expect(status).toBe(0)
})

test('describe of nobody is refused with status 2', async () => {
  const { reops } = await scene()
  expect(await reops(['describe', 'redis-1'])).toMatchObject({
    status: 2,
    stderr: 'reops: there is no system "redis-1"; none is known here yet\n',
  })
  expect((await call(await project(), ['describe', 'redis-1'])).stderr).toContain(
    'no systems are kept here yet',
  )
})
