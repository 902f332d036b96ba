import { expect, test } from 'vitest'
import { machineSchema } from '../../../src/core/systems/nodes.ts'
import { parseSpec } from '../../../src/core/systems/spec.ts'
import { hostOfMachine, openPhysical } from '../../../src/providers/physical/index.ts'
import { fakeHosts } from '../../fakes/hosts.ts'
import { testJob } from '../../support/job.ts'
import { refusesWhatItCannot } from '../conformance.ts'
import { systemOf } from './systems.ts'
import { troubleOf } from './trouble-of.ts'

const machines = {
  nas: machineSchema.parse({
    mac: '52:54:00:12:34:56',
    address: '10.0.0.7',
    port: 2222,
    user: 'ops',
    key: 'closet',
    jump: 'gate',
    domain: 'closet.lan',
    os: 'debian-12',
    description: 'the big disks',
    tags: ['storage'],
  }),
  toaster: machineSchema.parse({}),
}
const open = (hosts = fakeHosts()) => openPhysical(machines, { hosts, secrets: async () => '' })
const login = { user: 'ops', keys: [] }

test('every machine of the configuration is found, with all that is told of it', async () => {
  const [nas, toaster, ...more] = await open().list(undefined, testJob())
  expect(more).toEqual([])
  expect(nas).toEqual({
    ref: 'nas',
    label: 'nas',
    state: 'running',
    detail: 'SSH answers',
    address: '10.0.0.7',
    addressFrom: 'the configuration',
    port: 2222,
    told: {
      id: 'sys-4e997c5ccf4702b13553',
      provider: 'physical',
      ref: 'nas',
      hostname: 'nas',
      domain: 'closet.lan',
      os: 'debian-12',
      description: 'the big disks',
      tags: ['storage'],
      user: 'ops',
      key: 'closet',
      address: '10.0.0.7',
      port: 2222,
    },
  })
  expect(toaster).toMatchObject({ byName: true, told: { hostname: 'toaster', tags: [] } })
})

test('a machine is reached as the configuration says', async () => {
  let reached: unknown
  const hosts = {
    ...fakeHosts(),
    open: (via: string, host: unknown) => {
      reached = { via, host }
      return fakeHosts().open(via, { name: 'nas' }, { signal: new AbortController().signal })
    },
  }
  await open(hosts).status(systemOf('nas'), testJob())
  expect(reached).toEqual({
    via: 'ssh',
    host: { name: 'nas', address: '10.0.0.7', port: 2222, user: 'ops', key: 'closet', jump: ['gate'] },
  })
  expect(hostOfMachine('toaster', machines.toaster)).toEqual({ name: 'toaster' })
})

test('machines stand on no node', async () => {
  expect(await open().list('big-iron', testJob())).toEqual([])
})

test('making and destroying are refused, and nobody is asked anything', async () => {
  const hosts = fakeHosts()
  const provider = open(hosts)
  const [nas, job] = [systemOf('nas'), testJob()]
  for (const [work, words] of [
    [provider.create(nas, login, job), 'is not made: describe it in machines'],
    [provider.destroy(nas, { graceMs: 0 }, job), 'nothing was done to it. Use stop'],
    [provider.clone(nas, systemOf('copy'), login, job), 'can not be cloned'],
    [provider.snapshot(nas, 'before', job), 'has no snapshots'],
    [provider.revert(nas, 'before', job), 'has no snapshots'],
    [provider.resize(nas, { ram: 1 }, job), 'screwdriver'],
    [provider.console(nas, job), 'serial over LAN is out of scope'],
  ] as const) {
    const { code, message } = await troubleOf(work)
    expect(code).toBe('refused')
    expect(message).toContain(words)
  }
  expect(provider.check(parseSpec({ provider: 'physical' }))).toEqual([
    expect.stringContaining('run `reops sync`'),
  ])
  expect(await provider.snapshots(nas, job)).toEqual([])
  expect([...provider.abilities]).toEqual(['start', 'stop', 'restart'])
  expect(hosts.calls).toEqual([])
})

test('a machine that the configuration does not have is missing, and can not be moved', async () => {
  expect(await open().status(systemOf('constructor'), testJob())).toMatchObject({ state: 'missing' })
  const { code, message } = await troubleOf(open().start(systemOf('gone'), testJob()))
  expect(code).toBe('refused')
  expect(message).toContain('has no gone; it has nas, toaster')
})

test('what it says that it can not do it refuses, as every provider', async () => {
  await refusesWhatItCannot({ provider: open(), login }, systemOf('nas'))
})
