import { expect, test } from 'vitest'
import { scene, untimed } from './scene.ts'

test('sync brings the store up to date, and says what it found', async () => {
  const { reops, have, provider, standing } = await scene()
  const { id } = await have('redis-1')
  const gone = await have('redis-2')
  await have('redis-3', { state: 'stopped', cpu: 1, ram: 512, disk: 10 })
  provider.machines.get(id)!.state = 'stopped'
  provider.machines.delete(gone.id)
  const { status, stdout } = await reops(['sync'])
  expect(untimed(stdout)).toMatch(/^redis-1 {2}stopped {2}changed .*$/m)
  expect(untimed(stdout)).toMatch(/^redis-2 {2}missing {2}missing .*$/m)
  expect(untimed(stdout)).toMatch(/^redis-3 {2}stopped {2}unchanged .*$/m)
  expect(status).toBe(0)
  expect(await standing()).toEqual(['redis-1 stopped', 'redis-2 missing', 'redis-3 stopped'])
})

test('sync --on asks one node, and refuses one that there is not', async () => {
  const { reops, provider } = await scene()
  expect((await reops(['sync', '--on', 'small', '--provider', 'kvm'])).status).toBe(0)
  expect(provider.calls).toEqual(['list small'])
  const { status, stderr } = await reops(['sync', '--on', 'nowhere'])
  expect(stderr).toContain('nothing is configured as nowhere')
  expect(status).toBe(2)
})

test('sync exits with 1 where a node can not be asked', async () => {
  const { reops, provider, have } = await scene()
  await have('redis-1')
  provider.disturb('list small', new Error('no way there'))
  const { status, stdout } = await reops(['sync'])
  expect(stdout).toContain('no way there')
  expect(status).toBe(1)
})
