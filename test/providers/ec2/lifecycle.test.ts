import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { SpecPart } from '../../../src/core/systems/spec.ts'
import type { System } from '../../../src/core/systems/system.ts'
import type { FakeInstance } from '../../fakes/aws/ec2.ts'
import { startAws, WireError } from '../../fakes/aws/wire.ts'
import { refusesWhatItCannot } from '../conformance.ts'
import { type Account, cut, login, newSystem, openAccount, soft } from './account.ts'

let account: Account
beforeEach(async () => {
  account = await openAccount()
})
afterEach(() => account.close())

/** A system whose instance runs. */
async function running(hostname: string, more: SpecPart = {}): Promise<[System, FakeInstance]> {
  const system = newSystem(account, hostname, more)
  const { ref } = await account.provider.create(system, login, account.job())
  const known = { ...system, ref }
  await account.provider.status(known, account.job())
  const one = account.ec2.instances.get(ref)!
  expect(one.state).toBe('running')
  return [known, one]
}

test('one is stopped, started, restarted and destroyed, each however often it is asked', async () => {
  const { provider, job, aws } = account
  const [system, one] = await running('gate')
  await provider.start(system, job())
  account.ec2.looks = 3
  await provider.stop(system, soft, job())
  expect(one.state).toBe('stopped')
  await provider.stop(system, soft, job())
  expect(await provider.status(system, job())).toMatchObject({ state: 'stopped' })
  await provider.start(system, job())
  expect(one.state).toBe('pending')
  expect(await provider.status(system, job())).toMatchObject({ state: 'running', detail: 'pending' })
  // One that starts still is stopped when it has.
  await provider.stop(system, soft, job())
  expect(one.state).toBe('stopped')
  await provider.restart(system, soft, job())
  for (let looks = 0; looks < 4; looks++) await provider.status(system, job())
  await provider.restart(system, soft, job())
  expect(aws.callsOf('ec2').filter(action => /^(?:Start|Stop|Reboot)/.test(action))).toEqual([
    'StopInstances',
    'StartInstances',
    'StopInstances',
    'StartInstances',
    'RebootInstances',
  ])
  expect(await provider.destroy(system, cut, job())).toEqual({ kept: [] })
  expect(await provider.destroy(system, cut, job())).toEqual({ kept: [] })
  expect(await provider.status(system, job())).toEqual({
    state: 'missing',
    detail: 'terminated (Client.UserInitiatedShutdown)',
  })
})

test('one that does not stop is cut off only where that was asked for', async () => {
  const { provider, job, ec2 } = account
  const [system, one] = await running('gate')
  ec2.stubborn.add(one.id)
  await expect(provider.stop(system, soft, job())).rejects.toMatchObject({
    code: 'timeout',
    message: expect.stringContaining('did not stop within 30 s and is stopping'),
  })
  await provider.stop(system, { graceMs: 5_000, force: true }, job())
  expect(one.state).toBe('stopped')
})

test('a short time ends with a timeout, and the same call again goes on', async () => {
  const { provider, job, ec2 } = account
  const [system, one] = await running('gate')
  ec2.looks = 12
  const verbs = {
    stop: () => provider.stop(system, { graceMs: 600_000, force: false }, job({ withinMs: 4_000 })),
    destroy: () => provider.destroy(system, cut, job({ withinMs: 4_000 })),
  }
  for (const [verb, end] of [
    ['stop', 'stopped'],
    ['destroy', 'terminated'],
  ] as const) {
    let slices = 1
    for (; ; slices++) {
      const trouble = await verbs[verb]().then(
        () => undefined,
        (error: { code: string }) => error,
      )
      if (trouble === undefined) break
      expect(trouble).toMatchObject({ name: 'SystemTrouble', code: 'timeout' })
      expect(slices).toBeLessThan(20)
    }
    expect(slices).toBeGreaterThan(1)
    expect(one.state).toBe(end)
  }
})

test('a spot instance is not stopped, in words, and goes when it is destroyed', async () => {
  const { provider, job, aws } = account
  const [system] = await running('gate', { ec2: { types: ['t4g.micro'], spot: true } })
  await expect(provider.stop(system, soft, job())).rejects.toMatchObject({
    code: 'refused',
    message: expect.stringContaining("a spot instance, which EC2 can't stop"),
  })
  expect(aws.callsOf('ec2')).not.toContain('StopInstances')
  await provider.destroy(system, cut, job())
  expect(account.inventory()).toEqual([])
})

describe('what is destroyed', () => {
  test('leaves the volumes that are kept, and says which, also when it is asked again', async () => {
    const { provider, job, ec2 } = account
    const [system, one] = await running('gate', { volumes: [{ size: 5, keep: true }, { size: 7 }] })
    const kept = [one.devices[0]!.volume]
    expect(await provider.destroy(system, soft, job())).toEqual({ kept })
    expect(await provider.destroy(system, soft, job())).toEqual({ kept })
    expect([...ec2.volumes.keys()]).toEqual(kept)
    const { query } = account.aws.calls.find(({ action }) => action === 'TerminateInstances')!
    expect(query.has('SkipOsShutdown')).toBe(false)
  })

  test('carries our tags, whatever the store says: a stranger with the id of a system stays', async () => {
    const { provider, job, ec2 } = account
    const [, theirs] = await running('theirs')
    for (const strange of [
      { 're-ops': 'another stack' },
      { 're-ops': 're-ops', 're-ops:system': 'sys-0' },
      {},
    ]) {
      theirs.tags.clear()
      for (const [key, value] of Object.entries(strange)) theirs.tags.set(key, value)
      const system = { ...newSystem(account, 'ours'), ref: theirs.id, createdAt: 0 }
      expect(await provider.destroy(system, cut, job())).toEqual({ kept: [] })
      expect(await provider.status(system, job())).toMatchObject({ state: 'missing' })
      await expect(provider.stop(system, soft, job())).rejects.toMatchObject({ code: 'refused' })
      expect(theirs.state).toBe('running')
    }
    expect(ec2.instances.size).toBe(1)
  })

  test('is waited for where EC2 does not show it yet', async () => {
    const { provider, job } = account
    const [system, one] = await running('gate')
    one.hidden = 8
    await provider.destroy(system, cut, job())
    expect(one.state).toBe('terminated')
  })

  test('is all of a system, where a second instance was launched by mischance', async () => {
    const { provider, job, ec2 } = account
    const [system, one] = await running('gate')
    const twin: FakeInstance = { ...one, id: 'i-0000000000000ffff', number: 77, devices: [] }
    ec2.instances.set(twin.id, twin)
    await provider.destroy(system, cut, job())
    expect(account.inventory()).toEqual([])
  })

  test('is said to be protected, where it is', async () => {
    const { provider, job, ec2 } = account
    const [system, one] = await running('gate')
    ec2.protected.add(one.id)
    await expect(provider.destroy(system, cut, job())).rejects.toMatchObject({
      code: 'refused',
      message: expect.stringContaining('take the protection off'),
    })
  })
})

describe('how one is reached', () => {
  test.each([
    ['ssm', expect.stringMatching(/^i-/)],
    ['ssh', expect.stringMatching(/^198\.51\.100\./)],
    ['ssh-private', expect.stringMatching(/^172\.31\./)],
  ])('is by %s', async (reach, address) => {
    const [system] = await running('gate')
    const provider = account.again({ ec2: { reach } })
    expect(await provider.status(system, account.job())).toMatchObject({ state: 'running', address })
  })

  test('is not known while it has no public address', async () => {
    const [system, one] = await running('gate')
    one.state = 'pending'
    const status = await account.again({ ec2: { reach: 'ssh' } }).status(system, account.job())
    expect(status.address).toBeUndefined()
    expect(status.addressFrom).toContain('no public address yet')
  })
})

test('a young one that EC2 denies is not missing, and an old one is', async () => {
  const [system, one] = await running('gate')
  one.hidden = 1_000
  expect(await account.provider.status(system, account.job())).toMatchObject({ state: 'unknown' })
  const old = { ...system, createdAt: account.clock.now() - 3_600_000 }
  expect(await account.provider.status(old, account.job())).toMatchObject({ state: 'missing' })
})

test('what EC2 has no such thing of is refused in words, and so is a node', async () => {
  const [system] = await running('gate')
  await refusesWhatItCannot({ provider: account.provider, login }, system)
  await expect(account.provider.status({ ...system, node: 'nowhere' }, account.job())).rejects.toMatchObject({
    code: 'refused',
  })
})

test.each<[string, WireError, string, RegExp]>([
  ['no permission', new WireError('UnauthorizedOperation', 'You may not.', 403), 'auth', /permission/],
  ['an old login', new WireError('ExpiredToken', 'It has expired.', 403), 'auth', /log in again/],
  ['another account', new WireError('AuthFailure', 'No.', 401), 'auth', /credentials/],
  ['a quota', new WireError('VcpuLimitExceeded', 'Too many.'), 'busy', /quota/],
  ['no room', new WireError('InsufficientHostCapacity', 'Full.'), 'busy', /try again later/],
  ['its state', new WireError('IncorrectInstanceState', 'Not now.'), 'busy', /moment/],
  ['a wrong call', new WireError('InvalidParameterValue', 'No.'), 'refused', /nothing was done/],
  ['text that paints', new WireError('InvalidParameterValue', 'No\u001b[31m\n!'), 'refused', /No \[31m !/],
])('%s is told by its code, with what to do', async (_what, error, code, advice) => {
  const [system, one] = await running('gate')
  one.state = 'stopped'
  account.aws.next('ec2 StartInstances', error)
  await expect(account.provider.start(system, account.job())).rejects.toMatchObject({
    name: 'SystemTrouble',
    code,
    message: expect.stringMatching(advice),
    detail: { aws: error.code },
  })
})

describe('the network', () => {
  test('that throttles or breaks for a moment is not noticed', { timeout: 20_000 }, async () => {
    const [system, one] = await running('gate')
    account.aws.next('ec2', 'throttle', 500, 'hang up')
    await account.provider.stop(system, soft, account.job())
    expect(one.state).toBe('stopped')
  })

  test('that does not answer ends with the time of the job', async () => {
    const [system] = await running('gate')
    account.aws.next('ec2', 'never answer')
    await expect(account.provider.status(system, account.job({ withinMs: 200 }))).rejects.toMatchObject({
      code: 'timeout',
    })
    account.aws.next('ec2', 'never answer')
    const job = account.job()
    const asked = account.provider.status(system, job)
    setTimeout(() => job.cancel(), 20)
    await expect(asked).rejects.toMatchObject({ code: 'cancelled' })
  })

  test('that is not there is unreachable', async () => {
    const [system] = await running('gate')
    const gone = await startAws()
    await gone.end()
    const nowhere = account.again({ endpoint: gone.endpoint })
    await expect(nowhere.status(system, account.job())).rejects.toMatchObject({ code: 'unreachable' })
  })
})

test('does nothing for a job that is over', async () => {
  const [system] = await running('gate')
  const before = account.aws.calls.length
  const job = account.job()
  job.cancel()
  const { provider } = account
  for (const call of [
    () => provider.create(system, login, job),
    () => provider.stop(system, soft, job),
    () => provider.destroy(system, cut, job),
    () => provider.list(undefined, job),
  ])
    await expect(call()).rejects.toMatchObject({ code: 'cancelled' })
  expect(account.aws.calls.length).toBe(before)
})
