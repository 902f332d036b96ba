import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { SystemTrouble } from '../../../src/core/systems/trouble.ts'
import { openProject, seed } from '../executions/seed.ts'
import { scene, untimed } from './scene.ts'

describe('start', () => {
  test('starts systems, waits for SSH, and prints them', async () => {
    const asked: string[] = []
    const { reops, have, standing } = await scene({
      answer: ({ name }) => {
        asked.push(name)
        return ''
      },
    })
    await have('redis-1', { state: 'stopped' })
    await have('redis-2', { state: 'stopped' })
    const { status, stdout } = await reops(['start', 'redis-1', 'redis-2'])
    expect(untimed(stdout)).toMatch(
      /^redis-1 {2}running {2}big-iron .*\nredis-2 {2}running .*\n2 systems: 2 ok\n$/m,
    )
    expect(asked.sort()).toEqual(['redis-1', 'redis-2'])
    expect(await standing()).toEqual(['redis-1 running', 'redis-2 running'])
    expect(status).toBe(0)
  })

  test('with --no-ready does not wait for SSH', async () => {
    const asked: string[] = []
    const { reops, have } = await scene({
      answer: ({ name }) => {
        asked.push(name)
        return ''
      },
    })
    await have('redis-1', { state: 'stopped' })
    expect((await reops(['start', 'redis-1', '--no-ready'])).status).toBe(0)
    expect(asked).toEqual([])
  })

  test('of one that fails exits with 1 and says why', async () => {
    const { reops, have, provider } = await scene()
    await have('redis-1', { state: 'stopped' })
    await have('redis-2', { state: 'stopped' })
    provider.disturb('start', system =>
      system?.hostname === 'redis-1' ? new SystemTrouble('refused', 'the pool is off') : undefined,
    )
    const { status, stdout } = await reops(['start', 'stopped'])
    expect(untimed(stdout)).toContain('refused (1)\n  redis-1  start: the pool is off')
    expect(untimed(stdout)).toContain('2 systems: 1 ok, 1 refused\n')
    expect(status).toBe(1)
  })
})

describe('stop', () => {
  test('is told how long to wait, and by force if need be', async () => {
    const { reops, have, provider, standing } = await scene()
    await have('redis-1')
    provider.disturb('stop:deaf', () => undefined)
    const kind = await reops(['stop', 'redis-1', '--grace', '1s'])
    expect(kind.stdout).toContain('did not end within 1000 ms')
    expect(kind.status).toBe(1)
    expect(await standing()).toEqual(['redis-1 running'])
    expect((await reops(['stop', 'redis-1', '--grace', '0', '--force'])).status).toBe(0)
    expect(await standing()).toEqual(['redis-1 stopped'])
  })

  test('prints one document with --json', async () => {
    const { reops, have } = await scene()
    await have('redis-1')
    const { stdout } = await reops(['stop', 'redis-1', '--json'])
    expect(JSON.parse(stdout)).toMatchObject({
      command: 'stop redis-1',
      execution: expect.any(String),
      status: 'succeeded',
      outcome: { successful: [{ host: 'redis-1', value: { hostname: 'redis-1', state: 'stopped' } }] },
      summary: { total: 1, ok: 1 },
    })
  })

  test('of systems that a condition chooses asks on a terminal, by their names', async () => {
    const { reops, have, standing } = await scene()
    await have('redis-1')
    await have('redis-2')
    const asked = await reops(['stop', 'running', '--no-color'], { typed: 'n\n', columns: 80 })
    expect(asked.stderr).toBe('Stop 2 systems: redis-[1-2]? [y/N] nothing was done\n')
    expect(asked.status).toBe(1)
    expect(await standing()).toEqual(['redis-1 running', 'redis-2 running'])
    expect((await reops(['stop', 'running'], { typed: 'y\n', columns: 80 })).status).toBe(0)
    expect(await standing()).toEqual(['redis-1 stopped', 'redis-2 stopped'])
  })

  test('of systems that are named does not ask', async () => {
    const { reops, have, standing } = await scene()
    await have('redis-1')
    expect((await reops(['stop', 'redis-1'], { typed: '', columns: 80 })).status).toBe(0)
    expect(await standing()).toEqual(['redis-1 stopped'])
  })

  test('of a group of hosts stops those that are systems, and refuses the others', async () => {
    const { reops, have, standing } = await scene()
    await have('redis-1')
    const { status, stdout } = await reops(['stop', 'closet'])
    expect(stdout).toContain('foo  stop: foo is no system that is known here')
    expect(status).toBe(1)
    expect(await standing()).toEqual(['redis-1 stopped'])
  })

  test('of an execution names the command that cancels it', async () => {
    const { reops, folder } = await scene()
    await seed(openProject(folder), 'nightly-1a2b')
    const { status, stderr } = await reops(['stop', 'nightly-1a2b'])
    expect(stderr).toBe(
      'reops: nightly-1a2b is no system, it is an execution; reops cancel nightly-1a2b cancels it\n',
    )
    expect(status).toBe(2)
    expect((await reops(['stop', 'latest'])).stderr).toContain('reops cancel latest')
  })

  test('of nothing does nothing, and without words is refused', async () => {
    const { reops, provider } = await scene()
    const nothing = await reops(['stop', 'tagged:gone'])
    expect(nothing).toEqual({ status: 0, stdout: '', stderr: 'reops: no such systems; nothing was done\n' })
    expect(JSON.parse((await reops(['stop', 'all', '--json'])).stdout)).toMatchObject({
      execution: null,
      status: 'succeeded',
    })
    const { status, stderr } = await reops(['stop'])
    expect(stderr).toContain('reops stop needs systems: names, conditions such as typed:redis, or all')
    expect(status).toBe(2)
    expect(provider.calls).toEqual([])
  })

  test('that is interrupted says what became of each, and exits with 130', async () => {
    const { start, have, provider } = await scene()
    await have('redis-1')
    provider.disturb('stop', 'hang')
    const calling = start(['stop', 'redis-1'])
    while (!provider.calls.includes('stop redis-1')) await sleep(20)
    calling.interrupt('SIGINT')
    const { status, stdout } = await calling.done
    expect(untimed(stdout)).toContain('1 system: 1 cancelled')
    expect(status).toBe(130)
  })

  test('waits for whoever is at work on it as long as it is told', async () => {
    const { reops, have, store } = await scene()
    const { id } = await have('redis-1')
    await store.acquire(id, 'somebody', 'resize in execution big', 60_000, Date.now())
    const { status, stdout } = await reops(['stop', 'redis-1', '--wait', '0'])
    expect(stdout).toContain('busy (1)')
    expect(stdout).toContain('redis-1 is held by somebody for resize in execution big')
    expect(status).toBe(1)
  })
})

test('restart stops and starts', async () => {
  const { reops, have, provider, standing } = await scene()
  await have('redis-1')
  expect((await reops(['restart', 'redis-1', '--grace', '10s'])).status).toBe(0)
  expect(provider.calls).toContain('restart redis-1')
  expect(await standing()).toEqual(['redis-1 running'])
})
