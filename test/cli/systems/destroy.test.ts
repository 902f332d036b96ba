import { expect, test } from 'vitest'
import { type Scene, scene } from './scene.ts'

const closet = async (): Promise<Scene> => {
  const made = await scene()
  await made.have('redis-1', {
    volumes: [
      { name: 'data', size: 100, keep: true },
      { name: 'tmp', size: 5, keep: false },
    ],
  })
  await made.have('redis-2', { state: 'stopped' })
  return made
}

test('destroy names what goes and what stays, and takes the name of a system for consent', async () => {
  const { reops, standing, provider } = await closet()
  const no = await reops(['destroy', 'redis-1'], { typed: 'yes\n', columns: 100 })
  expect(no.stderr).toBe(
    [
      '  redis-1 (running on big-iron, 10.1.0.1): its disk and volume tmp 5 GiB go; volume data 100 GiB is kept',
      'Type redis-1 to destroy redis-1: nothing was done',
      '',
    ].join('\n'),
  )
  expect(no.status).toBe(1)
  expect(await standing()).toEqual(['redis-1 running', 'redis-2 stopped'])

  const { status, stdout } = await reops(['destroy', 'redis-1', '--grace', '0'], {
    typed: 'redis-1\n',
    columns: 100,
  })
  expect(stdout).toContain('redis-1-data')
  expect(status).toBe(0)
  expect(await standing()).toEqual(['redis-2 stopped'])
  expect(provider.kept).toEqual(['redis-1-data'])
})

test('destroy of several takes their number', async () => {
  const { reops, standing } = await closet()
  const no = await reops(['destroy', 'all'], { typed: 'redis-1\n', columns: 100 })
  expect(no.stderr).toContain('  redis-2 (stopped on big-iron): its disk goes\n')
  expect(no.stderr).toContain('Type 2 to destroy 2 systems: redis-[1-2]: nothing was done')
  expect(await standing()).toHaveLength(2)
  const { status } = await reops(['destroy', 'all', '--grace', '0'], { typed: '2\n', columns: 100 })
  expect(status).toBe(0)
  expect(await standing()).toEqual([])
})

test('destroy where nobody is there to ask needs --yes', async () => {
  const { reops, standing, provider } = await closet()
  const refused = await reops(['destroy', 'redis-2'])
  expect(refused.stderr).toBe(
    'reops: nobody is here to be asked whether to destroy redis-2; --yes does it without asking\n',
  )
  expect(refused.status).toBe(2)
  expect(provider.calls).toEqual([])
  expect((await reops(['destroy', 'redis-2', '--yes'])).status).toBe(0)
  expect(await standing()).toEqual(['redis-1 running'])
})

test('destroy of an unknown system touches none of the others', async () => {
  const { reops, standing } = await closet()
  const { status, stderr } = await reops(['destroy', 'redis-1', 'redis-9', '--yes'])
  expect(stderr).toContain('there is no system "redis-9"')
  expect(status).toBe(2)
  expect(await standing()).toHaveLength(2)
})
