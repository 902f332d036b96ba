import { mkdtemp, rm } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type ConfigInput, configSchema } from '../../../src/core/config.ts'
import type { Operation } from '../../../src/core/operation/operation.ts'
import { systemClock } from '../../../src/executor/index.ts'
import {
  create,
  destroy,
  ec2,
  exec,
  hypervisor,
  named,
  pipe,
  repair,
  small,
  start,
  stop,
  syncSystems,
  systems,
} from '../../../src/index.ts'
import type { LocalRuntime } from '../../../src/run/local-runtime.ts'
import { wireSystems } from '../../../src/run/systems/port.ts'
import { wireLocal } from '../../../src/run/wire.ts'
import { type FakeEc2, fakeEc2 } from '../../fakes/aws/ec2.ts'
import { type Aws, awsEnvironment, startAws } from '../../fakes/aws/wire.ts'
import { type ScriptedHosts, scriptedHosts } from '../../fakes/scripted-hosts.ts'

Object.assign(process.env, awsEnvironment)

let aws: Aws
let account: FakeEc2
let folder: string
let commands: ScriptedHosts
const opened: LocalRuntime[] = []

beforeEach(async () => {
  account = fakeEc2()
  aws = await startAws(account)
  folder = await mkdtemp(path.join(os.tmpdir(), 'reops-ec2-'))
  commands = scriptedHosts({ 'redis-1': ['up', 'redis-1 here'] }, systemClock)
})
afterEach(async () => {
  for (const runtime of opened.splice(0)) await runtime.close()
  await aws.end()
  await rm(folder, { recursive: true, force: true })
})

function configOf(more: ConfigInput['aws'] = {}) {
  return configSchema.parse({
    aws: { region: 'eu-central-1', endpoint: aws.endpoint, ...more },
    ssh: { config: false, knownHosts: [], agent: false, keys: {} },
  })
}

/** A laptop whose Run Command plays a script. `state` is the folder of its store. */
function laptop(state = 'state') {
  const config = { ...configOf(), state: path.join(folder, state) }
  const runtime = wireLocal({
    loaded: { config, folder, file: undefined },
    out: { publish: () => {} },
    transports: { ssm: () => ({ open: commands.open.bind(commands, 'ssm'), close: async () => {} }) },
  })
  opened.push(runtime)
  return {
    run: async <O>(operation: Operation<any, O>): Promise<O> =>
      (await runtime.submit(operation, undefined, {})).result(),
  }
}

test('a pipeline makes instances, works on them by Run Command, and takes them away', {
  timeout: 30_000,
}, async () => {
  const { run } = laptop()
  const types = ec2(['t4g.micro', 't3.micro'], { zones: ['eu-central-1a', 'eu-central-1b'] })
  const out = await run(pipe(create(types, named('redis'), 2), exec('hostname')))
  expect(out.failure).toEqual([])
  const ids = [...account.instances.keys()]
  expect(out.successful.map(({ host, value }) => [host, value.stdout])).toEqual([
    ['redis-1', 'redis-1 here'],
    ['redis-2', 'redis-2'],
  ])
  // Whoever is reached is known by its instance, and let in without a key.
  for (const { via, target } of commands.calls) {
    expect(via).toBe('ssm')
    expect(ids).toContain(target.address)
    expect(target).toMatchObject({ user: 'ec2-user', system: expect.stringMatching(/^sys-/) })
  }
  const stopped = await run(pipe(systems(named('redis-1')), stop()))
  expect(stopped.successful.map(({ value }) => [value.state, value.ec2?.types])).toEqual([
    ['stopped', ['t4g.micro', 't3.micro']],
  ])
  const started = await run(pipe(systems(named('redis-1')), start()))
  expect(started.successful.map(({ value }) => value.state)).toEqual(['running'])
  const gone = await run(pipe(systems(hypervisor('ec2')), destroy({ force: true })))
  expect(gone.failure).toEqual([])
  expect([...account.instances.values()].map(({ state }) => state)).toEqual(['terminated', 'terminated'])
  expect((await run(systems())).on.hosts).toEqual([])
})

test('a lost store is made anew from what instances carry, and an interrupted one is told as missing', {
  timeout: 30_000,
}, async () => {
  const first = laptop()
  await first.run(create(ec2('t4g.micro', { spot: true }), named('gate'), { ready: false }))
  await first.run(create(ec2('t4g.micro'), named('tower'), { ready: false }))
  const before = (await first.run(systems())).successful.map(({ value }) => value)
  const second = laptop('another state')
  const out = await second.run(syncSystems())
  const after = out.successful.map(({ value }) => value)
  const told = ({ id, hostname, ref, ec2, user, tags }: (typeof before)[number]) => ({
    id,
    hostname,
    ref,
    ec2,
    user,
    tags,
  })
  expect(after.map(told)).toEqual(before.map(told))
  // AWS takes its spare capacity back.
  const [gate] = [...account.instances.values()]
  gate!.state = 'terminated'
  gate!.reason = 'Server.SpotInstanceTermination'
  const synced = (await second.run(syncSystems())).successful.map(({ value }) => value)
  expect(synced.map(({ hostname, state, synced }) => [hostname, state, synced]).sort()).toEqual([
    ['gate', 'missing', 'missing'],
    ['tower', 'running', 'unchanged'],
  ])
})

test('what nobody knew the end of is found by repair, and nothing is made twice', {
  timeout: 30_000,
}, async () => {
  const { run } = laptop()
  aws.next('ec2 RunInstances', ...Array(6).fill('do it, then hang up'))
  const out = await run(create(ec2('t4g.micro'), named('gate'), { ready: false }))
  expect(out.failure).toMatchObject([{ host: 'gate', code: 'unknown' }])
  expect((await run(systems())).successful).toMatchObject([{ value: { state: 'broken' } }])
  const repaired = await run(pipe(systems(), repair({ ready: false })))
  expect(repaired.successful).toMatchObject([{ value: { repaired: 'adopted', state: 'running' } }])
  expect(account.instances.size).toBe(1)
})

test('what no instance can be is said before anything is touched', async () => {
  const { run } = laptop()
  await expect(run(create(ec2('t4g.micro'), small))).rejects.toMatchObject({ error: 'InvalidSystem' })
  expect(aws.calls).toEqual([])
})

describe('the wiring', () => {
  const wired = (more: ConfigInput['aws'] = {}) =>
    wireSystems({ loaded: { config: configOf(more), folder, file: undefined }, hosts: commands })
  const system = {
    ...{ id: 'sys-00000000000000000001', hostname: 'gate', provider: 'ec2', ref: 'i-0123456789abcdef0' },
    ...{ volumes: [], tags: [], description: '', state: 'running' as const, user: 'ec2-user' },
    ...{ revision: 1, createdAt: 0, updatedAt: 0 },
  }

  test('reaches instances by Run Command or by SSH, as the configuration says', () => {
    expect(wired().hostOf(system)).toEqual({
      name: 'gate',
      address: system.ref,
      via: 'ssm',
      user: 'ec2-user',
      system: system.id,
    })
    const bySsh = wired({ ec2: { reach: 'ssh' } })
    expect(bySsh.hostOf({ ...system, address: '198.51.100.7' })).toEqual({
      name: 'gate',
      address: '198.51.100.7',
      user: 'ec2-user',
      system: system.id,
    })
  })

  test('fills in the image and the user of instances, and asks no key of whom Run Command reaches', async () => {
    const home = process.env.HOME
    process.env.HOME = folder
    try {
      const port = wired({ ec2: { image: 'ami-0123456789abcdef0', user: 'admin' } })
      expect(port.defaultsOf('ec2', undefined)).toEqual({ os: 'ami-0123456789abcdef0', user: 'admin' })
      expect(await port.publicKeys(undefined, 'ec2')).toEqual([])
      await expect(port.publicKeys(undefined, 'kvm')).rejects.toMatchObject({ name: 'InvalidSystem' })
      await expect(port.publicKeys('named', 'ec2')).rejects.toMatchObject({ name: 'InvalidSystem' })
      const bySsh = wired({ ec2: { reach: 'ssh' } })
      await expect(bySsh.publicKeys(undefined, 'ec2')).rejects.toMatchObject({ name: 'InvalidSystem' })
    } finally {
      process.env.HOME = home
    }
  })

  test('looks for instances by itself only where AWS is configured', () => {
    expect(wired().nodes?.('ec2')).toBeUndefined()
    const none = wireSystems({
      loaded: { config: configSchema.parse({}), folder, file: undefined },
      hosts: commands,
    })
    expect(none.nodes?.('ec2')).toEqual([])
    expect(none.providers).toContain('ec2')
  })
})
