import { describe, expect, test } from 'vitest'
import { scene, untimed } from './scene.ts'

test('snapshot and revert go there and back, and revert needs consent', async () => {
  const { reops, have, provider, standing } = await scene()
  const { id } = await have('redis-1')
  expect((await reops(['snapshot', 'before', 'redis-1'])).status).toBe(0)
  expect(provider.machines.get(id)!.snapshots.get('before')).toMatchObject({ state: 'running' })
  await reops(['stop', 'redis-1'])

  const refused = await reops(['revert', 'before', 'redis-1'])
  expect(refused.stderr).toContain(
    'whether to take back to before, losing what happened since, redis-1; --yes',
  )
  expect(refused.status).toBe(2)
  expect((await reops(['revert', 'before', 'redis-1'], { typed: '\n', columns: 80 })).status).toBe(1)
  expect(await standing()).toEqual(['redis-1 stopped'])
  expect((await reops(['revert', 'before', 'redis-1', '--yes'])).status).toBe(0)
  expect(await standing()).toEqual(['redis-1 running'])
})

test('resize gives other sizes', async () => {
  const { reops, have, store } = await scene()
  const { id } = await have('redis-1')
  const { status, stdout } = await reops(['resize', 'redis-1', '--cpu', '4', '--ram', '8G', '--disk', '20'])
  expect(stdout).toMatch(/^redis-1 {2}running {2}big-iron {2}4 {4}8 GiB/m)
  expect(status).toBe(0)
  expect(await store.get(id)).toMatchObject({ cpu: 4, ram: 8_192, disk: 20 })
})

test('clone makes copies under the last word', async () => {
  const { reops, have, standing, provider } = await scene()
  const { id } = await have('redis-1', { state: 'stopped', key: 'closet' })
  await have('redis-2', { state: 'stopped', key: 'closet' })
  expect((await reops(['clone', 'redis-1', 'copy', '--no-start'])).status).toBe(0)
  expect([...provider.machines.values()].filter(({ from }) => from === id)).toHaveLength(1)
  expect((await reops(['clone', 'redis-1', 'redis-2', 'twin'])).status).toBe(0)
  expect(await standing()).toEqual([
    ...['copy stopped', 'redis-1 stopped', 'redis-2 stopped', 'twin-1 running', 'twin-2 running'],
  ])
})

describe('repair', () => {
  test('asks the provider for the truth', async () => {
    const { reops, have, standing } = await scene()
    await have('redis-1', { state: 'broken', problem: 'it hung' })
    const { status, stdout } = await reops(['repair', 'broken'])
    expect(stdout).toMatch(/^redis-1 {2}stopped {2}checked/m)
    expect(status).toBe(0)
    expect(await standing()).toEqual(['redis-1 stopped'])
  })

  test('forgets what is gone only when it is told to', async () => {
    const { reops, have, provider, standing } = await scene()
    const { id } = await have('redis-1', { state: 'missing' })
    provider.machines.delete(id)
    expect((await reops(['repair', 'redis-1'])).status).toBe(1)
    expect((await reops(['repair', 'redis-1', '--forget'])).status).toBe(2)
    expect(await standing()).toEqual(['redis-1 missing'])
    expect((await reops(['repair', 'redis-1', '--forget', '--yes'])).status).toBe(0)
    expect(await standing()).toEqual([])
  })
})

const flows = `
import { directory, type } from 're-ops'
import * as z from 'zod'
export const redis = type({
  description: 'a cache',
  args: z.strictObject({ port: z.int().default(6379), size: z.string().optional() }),
  exposes: [{ name: 'redis', port: 6379, protocol: 'tcp' }],
  plan: () => directory('/srv/redis'),
})
`

test('types lists what the flows export', async () => {
  const { reops } = await scene({ files: { 'flows/index.ts': flows } })
  expect((await reops(['types'])).stdout).toBe(
    'type   arguments       needs  exposes\nredis  port=6379 size         redis 6379/tcp  a cache\n',
  )
  expect(JSON.parse((await reops(['types', '--json'])).stdout)).toMatchObject({
    types: [{ id: 'redis', description: 'a cache' }],
  })
  const { reops: elsewhere } = await scene()
  expect((await elsewhere(['types'])).stdout).toBe('no types; export one from flows/index.ts\n')
})

test('provision of a system without a type says so, and exits with 1', async () => {
  const { reops, have } = await scene({ files: { 'flows/index.ts': flows } })
  await have('redis-1')
  const { status, stdout } = await reops(['provision', 'redis-1'])
  expect(untimed(stdout)).toContain('redis-1 has no type, so that there is no plan for it')
  expect(status).toBe(1)
})

test.each([
  [['snapshot'], 'reops snapshot needs <name>, the name of the snapshot'],
  [['snapshot', 'a'], 'reops snapshot needs <system>'],
  [['clone', 'redis-1'], 'reops clone needs <name>, the name of the clone'],
  [['resize', 'redis-1'], 'reops resize needs a size: --cpu, --ram or --disk'],
  [['snapshot', 'a/b', 'redis-1'], 'a name has up to 64 letters'],
])('%j is refused with status 2', async (words, said) => {
  const { reops, have, provider } = await scene()
  await have('redis-1')
  const { status, stderr } = await reops(words)
  expect(stderr).toContain(said)
  expect(status).toBe(2)
  expect(provider.calls).toEqual([])
})
