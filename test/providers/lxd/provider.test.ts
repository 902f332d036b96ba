import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { lxdNode } from '../../../src/core/systems/nodes.ts'
import type { Provider, Status } from '../../../src/core/systems/provider.ts'
import { parseSpec } from '../../../src/core/systems/spec.ts'
import type { System } from '../../../src/core/systems/system.ts'
import { SystemTrouble } from '../../../src/core/systems/trouble.ts'
import { type LxdClient, openClient } from '../../../src/providers/lxd/api/client.ts'
import { exec } from '../../../src/providers/lxd/api/exec.ts'
import {
  changeInstance,
  createInstance,
  readInstance,
  renameInstance,
} from '../../../src/providers/lxd/api/instances.ts'
import { createVolume, listVolumes } from '../../../src/providers/lxd/api/volumes.ts'
import { openLxd } from '../../../src/providers/lxd/index.ts'
import { type Lxd, needsLxd, startLxd } from '../../lab/lxd/daemon.ts'
import { testJob } from '../../support/job.ts'
import { login, newSystem } from './system.ts'

const soon = () => ({ signal: AbortSignal.timeout(30_000) })

async function troubleOf(work: Promise<unknown>): Promise<SystemTrouble> {
  const error = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  expect(error).toBeInstanceOf(SystemTrouble)
  return error as SystemTrouble
}

async function until<T>(look: () => Promise<T | undefined> | T | undefined): Promise<T> {
  const { signal } = soon()
  for (;;) {
    const found = await look()
    if (found !== undefined) return found
    signal.throwIfAborted()
    await sleep(50)
  }
}

describe.concurrent('containers of a real LXD', needsLxd(), () => {
  let lxd: Lxd
  let client: LxdClient
  let provider: Provider
  beforeAll(async () => {
    lxd = await startLxd()
    client = openClient({ socket: lxd.socket })
    provider = openLxd({ nuc: lxdNode.parse({ provider: 'lxd', url: lxd.socket }) }, { env: {} })
  }, 60_000)
  afterAll(async () => {
    await provider?.close()
    client?.close()
    await lxd?.stop()
  })

  const make = (hostname: string, told: Partial<System> = {}) => {
    const system = newSystem(hostname, told)
    return provider.create(system, login, testJob()).then(placed => ({ ...system, ref: placed.ref }))
  }
  const run = async (system: System, ...command: string[]) =>
    (await exec(client, system.hostname, command, soon())).stdout
  const volumesOf = async ({ id }: System) =>
    (await listVolumes(client, 'default', soon())).map(({ name }) => name).filter(name => name.startsWith(id))
  const discard = (...systems: System[]) =>
    Promise.all(systems.map(system => provider.destroy(system, { graceMs: 0 }, testJob())))

  test('go from nothing to an address and back', async () => {
    const job = testJob()
    const system = newSystem('web', { cpu: 1, ram: 64, tags: ['blue'] })
    const placed = await provider.create(system, login, job)
    expect(placed).toMatchObject({ ref: 'web', state: 'stopped', cpu: 1, ram: 64 })
    expect(job.stages).toEqual(expect.arrayContaining(['looking for it', 'creating the container']))
    await provider.start(system, testJob())
    await provider.start(system, testJob())
    const status = await until(async () => {
      const status = await provider.status(system, testJob())
      return status.address === undefined ? undefined : status
    })
    expect(status).toMatchObject({ state: 'running', address: expect.stringMatching(/^10\.99\.0\.\d+$/) })
    await run(system, 'sh', '-c', 'while ! [ -e /run/up ]; do sleep 0.1; done')
    await provider.stop(system, { graceMs: 10_000, force: false }, testJob())
    await provider.stop(system, { graceMs: 10_000, force: false }, testJob())
    expect(await provider.status(system, testJob())).toMatchObject({ state: 'stopped' })
    expect(await provider.destroy(system, { graceMs: 0 }, testJob())).toEqual({ kept: [] })
    expect(await provider.destroy(system, { graceMs: 0 }, testJob())).toEqual({ kept: [] })
    expect(await provider.status(system, testJob())).toMatchObject({ state: 'missing' })
  }, 30_000)

  test('are made once, however often that is asked for, and found again under another name', async () => {
    const system = await make('once')
    const again = await provider.create(newSystem('once', { id: system.id }), login, testJob())
    expect(again.ref).toBe('once')
    await renameInstance(client, 'once', 'twice', soon())
    expect(await provider.create(system, login, testJob())).toMatchObject({ ref: 'twice' })
    await discard(system)
    expect(await readInstance(client, 'twice', soon())).toBeUndefined()
  })

  test('are told to cloud-init and to whoever makes the store again', async () => {
    const told = {
      description: 'says hello',
      tags: ['a', 'b'],
      domain: 'closet.lan',
      type: 'greeter',
      user: 'ops',
    }
    const system = await make('hello', {
      ...told,
      packages: ['curl'],
      userData: '#cloud-config\n{"x": "secret"}\n',
    })
    const config = (await readInstance(client, 'hello', soon()))?.value.config
    const parts = config?.['cloud-init.user-data']?.split(/\n\n/) ?? []
    expect(parts.map(part => Buffer.from(part, 'base64').toString()).join('')).toContain(login.keys[0])
    const [found] = (await provider.list('nuc', testJob())).filter(({ ref }) => ref === 'hello')
    expect(found).toMatchObject({
      label: 'hello',
      node: 'nuc',
      state: 'stopped',
      told: { id: system.id, ...told },
    })
    expect(JSON.stringify(found)).not.toContain('secret')
    await discard(system)
  })

  test('of others are listed, and left alone', async () => {
    await createInstance(client, { name: 'stranger', source: { alias: 'tiny' } }, soon())
    const listed = await provider.list(undefined, testJob())
    expect(listed.find(({ ref }) => ref === 'stranger')).toMatchObject({ state: 'stopped', told: undefined })
    const mine = newSystem('stranger')
    expect((await troubleOf(provider.create(mine, login, testJob()))).message).toContain(
      'another instance named',
    )
    expect((await troubleOf(provider.start(mine, testJob()))).code).toBe('exception')
    expect(await provider.destroy(mine, { graceMs: 0 }, testJob())).toEqual({ kept: [] })
    expect(await readInstance(client, 'stranger', soon())).toBeDefined()
  })

  test('that take no notice of being stopped go on until that is forced', async () => {
    const system = await make('deaf')
    await changeInstance(client, 'deaf', { config: { 'environment.STUBBORN': '1' } }, soon())
    await provider.start(system, testJob())
    const trouble = await troubleOf(provider.stop(system, { graceMs: 1_000, force: false }, testJob()))
    expect(trouble).toMatchObject({ code: 'timeout', message: expect.stringContaining('goes on') })
    expect(await provider.status(system, testJob())).toMatchObject({ state: 'running' })
    await provider.stop(system, { graceMs: 1_000, force: true }, testJob())
    expect(await provider.status(system, testJob())).toMatchObject({ state: 'stopped' })
    await discard(system)
  }, 30_000)

  test('have volumes, of which those that are kept outlive them', async () => {
    const volumes = [
      { name: 'data', size: 1, keep: true },
      { size: 1, keep: false },
    ]
    const system = await make('tank', { volumes })
    await provider.start(system, testJob())
    await run(system, 'touch', '/mnt/data/here')
    await provider.stop(system, { graceMs: 0, force: true }, testJob())
    const kept = `${system.id}-data`
    expect(await provider.destroy(system, { graceMs: 0 }, testJob())).toEqual({ kept: [kept] })
    expect(await volumesOf(system)).toEqual([kept])
    await provider.create(system, login, testJob())
    await provider.start(system, testJob())
    expect(await run(system, 'ls', '/mnt/data')).toBe('here\n')
    await discard(system)
  }, 30_000)

  test('leave nothing behind when they can not be made', async () => {
    const volumes = [{ name: 'data', size: 1, keep: false }]
    const network = { kind: 'nat' as const, name: 'no-such-network' }
    const system = newSystem('half', { volumes, network })
    const trouble = await troubleOf(provider.create(system, login, testJob()))
    expect(trouble).toMatchObject({ code: 'exception', left: [] })
    expect(await readInstance(client, 'half', soon())).toBeUndefined()
    expect(await volumesOf(system)).toEqual([])
    expect((await troubleOf(make('half', { os: 'no-such-image' }))).message).toContain(
      'has no image no-such-image',
    )
  })

  test.each([0, 2, 5, 10, 20])(
    'leave nothing behind when their making is cancelled after %i ms',
    async ms => {
      const volumes = [{ name: 'data', size: 1, keep: false }]
      const system = newSystem(`stopped-short-${ms}`, { volumes })
      const job = testJob({
        onStage: stage => {
          if (stage !== 'creating the container') return
          if (ms === 0) job.cancel()
          else setTimeout(() => job.cancel(), ms)
        },
      })
      const failure = await provider.create(system, login, job).then(
        () => undefined,
        (error: unknown) => error,
      )
      // It may be whole before the word comes; at once it never is.
      if (failure === undefined && ms > 0) return void (await discard(system))
      expect(failure).toMatchObject({ code: 'cancelled', left: [] })
      expect(await readInstance(client, system.hostname, soon())).toBeUndefined()
      expect(await volumesOf(system)).toEqual([])
    },
  )

  test('that were left half made are made again', async () => {
    const system = await make('again')
    const config = { 'user.reops.making': 'true', 'limits.memory': '99MiB' }
    await changeInstance(client, 'again', { config }, soon())
    expect(await provider.create(system, login, testJob())).toMatchObject({ ref: 'again', ram: undefined })
    await discard(system)
  })

  test('are made by one of two processes that do not know of each other', async () => {
    const system = newSystem('race', { volumes: [{ name: 'data', size: 1, keep: false }] })
    const other = openLxd({ nuc: lxdNode.parse({ provider: 'lxd', url: lxd.socket }) }, { env: {} })
    const tries = await Promise.allSettled([provider, other].map(one => one.create(system, login, testJob())))
    await other.close()
    expect(tries.map(({ status }) => status)).toContain('fulfilled')
    expect(await provider.status(system, testJob())).toMatchObject({ state: 'stopped' })
    expect(await volumesOf(system)).toEqual([`${system.id}-data`])
    await provider.start(system, testJob())
    await discard(system)
  })

  test("do not take another's volume for theirs", async () => {
    const system = newSystem('thief', { volumes: [{ name: 'data', size: 1, keep: false }] })
    await createVolume(client, 'default', { name: `${system.id}-data` }, soon())
    expect((await troubleOf(provider.create(system, login, testJob()))).message).toContain('not ours')
    expect(await volumesOf(system)).toEqual([`${system.id}-data`])
  })

  test('go back to what they were', async () => {
    const system = await make('past', { cpu: 1 })
    await provider.snapshot(system, 'before', testJob())
    await provider.snapshot(system, 'before', testJob())
    await provider.start(system, testJob())
    await run(system, 'touch', '/srv/after')
    await provider.resize(system, { cpu: 2, ram: 256 }, testJob())
    const reverted = await provider.revert(system, 'before', testJob())
    expect(reverted).toMatchObject({ state: 'running', cpu: 1, ram: system.ram })
    expect(await provider.status(system, testJob())).toMatchObject({ state: 'running' })
    expect(await run(system, 'ls', '/srv')).toBe('')
    const [before] = await provider.snapshots(system, testJob())
    expect(before).toMatchObject({ name: 'before', running: false })
    expect(Math.abs(before!.at - Date.now())).toBeLessThan(600_000)
    expect((await troubleOf(provider.revert(system, 'never', testJob()))).code).toBe('exception')
    const job = testJob()
    await provider.snapshot({ ...system, volumes: [{ size: 1, keep: false }] }, 'warned', job)
    expect(job.warnings).toEqual([expect.stringContaining('volumes')])
    await discard(system)
  }, 30_000)

  test('are cloned with what is on their disks and volumes, under a name of their own', async () => {
    const volumes = [{ name: 'data', size: 1, keep: false }]
    const system = await make('sheep', { volumes, cpu: 1 })
    await provider.start(system, testJob())
    await run(system, 'touch', '/srv/one', '/mnt/data/two')
    const copy = newSystem('dolly', { volumes, cpu: 1 })
    expect(await provider.clone(system, copy, login, testJob())).toMatchObject({
      ref: 'dolly',
      state: 'stopped',
    })
    expect(await provider.clone(system, copy, login, testJob())).toMatchObject({ ref: 'dolly' })
    await provider.start(copy, testJob())
    expect(await run(copy, 'ls', '/srv', '/mnt/data')).toBe('/mnt/data:\ntwo\n\n/srv:\none\n')
    await run(copy, 'touch', '/mnt/data/three')
    expect(await run(system, 'ls', '/mnt/data')).toBe('two\n')
    const [found] = (await provider.list('nuc', testJob())).filter(({ ref }) => ref === 'dolly')
    expect(found?.told).toMatchObject({ id: copy.id, hostname: 'dolly' })
    await discard(system, copy)
    expect(await volumesOf(copy)).toEqual([])
  }, 30_000)

  test('are given other limits while they run', async () => {
    const system = await make('grow', { cpu: 1, ram: 64 })
    await provider.start(system, testJob())
    const placed = await provider.resize(system, { cpu: 2, ram: 128, disk: 3 }, testJob())
    expect(placed).toMatchObject({ state: 'running', cpu: 2, ram: 128, disk: 3 })
    const [found] = (await provider.list('nuc', testJob())).filter(({ ref }) => ref === 'grow')
    expect(found?.told).toMatchObject({ cpu: 2, ram: 128, disk: 3 })
    await discard(system)
  })

  test('restart, and are another process then', async () => {
    const system = await make('phoenix')
    await provider.start(system, testJob())
    await run(system, 'touch', '/run/old')
    await provider.restart(system, { graceMs: 0, force: true }, testJob())
    expect(await run(system, 'sh', '-c', 'cat /proc/1/comm')).toContain('init')
    await discard(system)
  })

  test('say why they do not start', async () => {
    const system = await make('lame')
    await changeInstance(client, 'lame', { config: { 'raw.lxc': 'lxc.init.cmd = /no/such/init' } }, soon())
    const trouble = await troubleOf(provider.start(system, testJob()))
    expect(trouble.message).toContain('/no/such/init')
    await discard(system)
  }, 30_000)

  test('have a console to read and to type at', async () => {
    const system = await make('talker')
    await changeInstance(client, 'talker', { config: { 'environment.ECHO': '1' } }, soon())
    await provider.start(system, testJob())
    const console = await provider.console(system, testJob())
    let heard = ''
    console.on('data', chunk => {
      heard += chunk
    })
    // What is typed before the server has the terminal is lost there: a person types again, too.
    await until(async () => {
      console.write('hello there\r')
      await sleep(200)
      return heard.includes('you said hello there') ? true : undefined
    })
    const closed = new Promise(resolve => console.once('close', resolve))
    console.destroy()
    await closed
    const second = await provider.console(system, testJob())
    const ended = new Promise(resolve => second.once('end', resolve).resume())
    await provider.stop(system, { graceMs: 0, force: true }, testJob())
    await ended
    second.destroy()
    await discard(system)
  }, 30_000)

  test('are heard of when they change by themselves', async () => {
    const system = await make('noisy')
    const told: Status['state'][] = []
    const stop = new AbortController()
    const watching = provider.watch!(({ ref, node, state }) => {
      if (ref === 'noisy' && node === 'nuc') told.push(state)
    }, stop.signal)
    await until(() => (told.length > 0 ? true : undefined))
    expect(told).toEqual(['stopped'])
    await provider.start(system, testJob())
    await provider.stop(system, { graceMs: 0, force: true }, testJob())
    await discard(system)
    await until(() => (told.includes('missing') ? true : undefined))
    expect(told.filter((state, index) => state !== told[index - 1])).toEqual([
      'stopped',
      'running',
      'stopped',
      'missing',
    ])
    stop.abort()
    await watching
  }, 30_000)

  test('keep to the deadline of a job', async () => {
    const system = await make('slow')
    await changeInstance(client, 'slow', { config: { 'environment.STUBBORN': '1' } }, soon())
    await provider.start(system, testJob())
    const job = testJob({ withinMs: 500 })
    expect((await troubleOf(provider.stop(system, { graceMs: 3_000, force: false }, job))).code).toBe(
      'timeout',
    )
    await discard(system)
  }, 30_000)
})

describe('what no container can be', () => {
  const node = lxdNode.parse({ provider: 'lxd' })
  const provider = openLxd({ nuc: node }, { env: {} })
  const check = (part: object) => provider.check(parseSpec({ provider: 'lxd', node: 'nuc', ...part }))

  test('is said before anything is touched', () => {
    expect(check({ os: 'debian/12' })).toEqual([])
    expect(check({ os: 'https://images.lan#debian/12' })).toEqual([])
    expect(check({ firmware: 'uefi' })).toEqual([expect.stringContaining('no firmware')])
    expect(check({ network: { kind: 'user' } })).toEqual([expect.stringContaining('nat or bridge')])
    expect(check({ os: 'https://images.lan/debian' })).toEqual([expect.stringContaining('# and the alias')])
    expect(check({ node: 'other' })).toEqual([expect.stringContaining('no node other')])
    expect(check({ volumes: [{ name: 'root', size: 1 }] })).toEqual([expect.stringContaining('root')])
  })

  test('needs a node, where there are several', () => {
    const two = openLxd({ nuc: node, attic: node }, { env: {} })
    expect(two.check(parseSpec({ provider: 'lxd' }))).toEqual([expect.stringContaining('nuc, attic')])
    expect(provider.check(parseSpec({ provider: 'lxd' }))).toEqual([])
  })
})

describe('a server that is not there', () => {
  test('is unreachable, and named', async () => {
    const node = lxdNode.parse({ provider: 'lxd', url: '/no/such/socket' })
    const provider = openLxd({ nuc: node }, { env: {} })
    const trouble = await troubleOf(provider.list(undefined, testJob()))
    expect(trouble).toMatchObject({
      code: 'unreachable',
      message: expect.stringContaining('/no/such/socket'),
    })
    await provider.close()
  })

  test('has a certificate and a key, where it is far away', async () => {
    const node = lxdNode.parse({ provider: 'lxd', url: 'https://127.0.0.1:1', certificate: '/no/such/file' })
    const provider = openLxd({ nuc: node }, { env: {} })
    await expect(provider.list('nuc', testJob())).rejects.toThrow('/no/such/file')
    await expect(provider.list('other', testJob())).rejects.toThrow('no lxd node other')
  })
})
