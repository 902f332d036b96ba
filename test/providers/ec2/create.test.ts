import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { WireError } from '../../fakes/aws/wire.ts'
import { type Account, cut, login, newSystem, openAccount } from './account.ts'

const noRoom = new WireError('InsufficientInstanceCapacity', 'We have not enough of it.', 500)
const zones = ['eu-central-1a', 'eu-central-1b']

let account: Account
beforeEach(async () => {
  account = await openAccount()
})
afterEach(() => account.close())

const only = () => {
  const [one, ...more] = [...account.ec2.instances.values()]
  expect(more).toEqual([])
  return one!
}

describe('one type in one place', () => {
  test('is launched once, by one call, as it was asked for', async () => {
    const { provider, aws } = account
    const system = newSystem(account, 'gate', {
      domain: 'closet.lan',
      packages: ['redis'],
      volumes: [{ size: 5, keep: true }, { size: 7 }],
      ec2: { types: ['t4g.micro'], securityGroups: ['sg-0a'], instanceProfile: 'closet' },
    })
    const job = account.job()
    const placed = await provider.create(system, login, job)
    expect(aws.callsOf('ec2')).toEqual(['DescribeInstances', 'RunInstances', 'DescribeInstances'])
    const one = only()
    expect(placed).toMatchObject({ ref: one.id, state: 'running', detail: 'pending', cpu: 2 })
    expect(one).toMatchObject({
      type: 't4g.micro',
      image: 'ami-0000000000000a641',
      spot: false,
      metadata: 'required',
      profile: 'closet',
      groups: ['sg-0a'],
    })
    expect(one.devices.map(({ device, delete: goes }) => [device, goes])).toEqual([
      ['/dev/sdf', false],
      ['/dev/sdg', true],
    ])
    expect(one.userData).toMatch(/^#cloud-config\n/)
    expect(one.userData).toContain('"hostname": "gate"')
    expect(one.userData).toContain('ssh-ed25519')
    expect(Object.fromEntries(one.tags)).toMatchObject({
      're-ops': 're-ops',
      're-ops:system': system.id,
      Name: 'gate.closet.lan',
    })
    expect(job.stages).toEqual(['launching t4g.micro', `waiting until EC2 shows ${one.id}`])
  })

  test('is found again, by what it carries and by its token, however often it is asked for', async () => {
    const system = newSystem(account, 'gate')
    const first = await account.provider.create(system, login, account.job())
    expect(await account.provider.create(system, login, account.job())).toMatchObject({ ref: first.ref })
    // A process that ended before it had heard, and an EC2 that does not show what it has launched.
    only().hidden = 3
    expect(await account.again().create(system, login, account.job())).toMatchObject({ ref: first.ref })
    expect(account.ec2.instances.size).toBe(1)
  })

  test('is found again when the configuration says something else by then', async () => {
    const system = newSystem(account, 'gate')
    const first = await account.provider.create(system, login, account.job())
    only().hidden = 2
    const other = account.again({ ec2: { instanceProfile: 'other' } })
    expect(await other.create(system, login, account.job())).toMatchObject({ ref: first.ref })
    expect(account.ec2.instances.size).toBe(1)
  })

  test('is launched anew where its instance is gone, although EC2 remembers the token', async () => {
    const system = newSystem(account, 'gate')
    const first = await account.provider.create(system, login, account.job())
    await account.provider.destroy({ ...system, ref: first.ref }, cut, account.job())
    const second = await account.provider.create(system, login, account.job())
    expect(second.ref).not.toBe(first.ref)
    expect(account.inventory()).toHaveLength(1)
  })

  test('waits until EC2 shows it, and says so where it does not', async () => {
    account.ec2.hides = 4
    const placed = await account.provider.create(newSystem(account, 'late'), login, account.job())
    expect(placed.state).toBe('running')
    account.ec2.hides = 1_000
    const job = account.job()
    const accepted = await account.provider.create(newSystem(account, 'later'), login, job)
    expect(accepted.state).toBe('unknown')
    expect(job.warnings).toEqual([expect.stringContaining('does not show it yet')])
  })

  test('says how to get another where there is no room, and leaves nothing', {
    timeout: 20_000,
  }, async () => {
    account.ec2.full.set('t4g.micro', noRoom)
    await expect(
      account.provider.create(newSystem(account, 'gate'), login, account.job()),
    ).rejects.toMatchObject({
      code: 'busy',
      left: [],
      message: expect.stringMatching(/InsufficientInstanceCapacity.*name more types or zones/),
    })
    expect(account.inventory()).toEqual([])
  })

  test('is asked for as spot capacity, at most at a price', async () => {
    const ec2 = { types: ['t4g.micro'], zones: ['eu-central-1a'], spot: { maxPrice: 0.004 } }
    await account.provider.create(newSystem(account, 'cheap', { ec2 }), login, account.job())
    expect(only()).toMatchObject({ spot: true, zone: 'eu-central-1a' })
    const { query } = account.aws.calls.find(({ action }) => action === 'RunInstances')!
    expect(query.get('InstanceMarketOptions.SpotOptions.MaxPrice')).toBe('0.004')
    expect(query.get('InstanceMarketOptions.SpotOptions.SpotInstanceType')).toBe('one-time')
  })

  test('has a larger disk, by the name that its image gives it', async () => {
    const system = newSystem(account, 'big', { os: 'ami-0000000000000a641', disk: 50 })
    await account.provider.create(system, login, account.job())
    expect(only().devices[0]).toMatchObject({ device: '/dev/xvda', delete: true })
  })
})

describe('several types and zones', () => {
  const ec2 = { types: ['t4g.micro', 't3.micro'], zones }

  test('give the first that has room, under one token, and say what had none', async () => {
    account.ec2.full.set('t4g.micro', noRoom)
    const job = account.job()
    await account.provider.create(newSystem(account, 'gate', { ec2 }), login, job)
    expect(only()).toMatchObject({
      type: 't3.micro',
      zone: 'eu-central-1a',
      image: 'ami-0000000000000864a',
      metadata: 'required',
    })
    expect(job.stages).toEqual([
      'launching the first of t4g.micro in eu-central-1a, t4g.micro in eu-central-1b, t3.micro in eu-central-1a, t3.micro in eu-central-1b',
      't4g.micro in eu-central-1a: InsufficientInstanceCapacity',
      't4g.micro in eu-central-1b: InsufficientInstanceCapacity',
      expect.stringMatching(/^waiting until EC2 shows i-/),
    ])
    expect(account.ec2.templates.size).toBe(0)
  })

  test('leave nothing where none has room, and are asked anew by the next call', async () => {
    account.ec2.full.set('t4g.micro', noRoom)
    account.ec2.full.set('t3.micro', new WireError('SpotMaxPriceTooLow', 'Your price is too low.'))
    const system = newSystem(account, 'gate', { ec2: { ...ec2, spot: true } })
    await expect(account.provider.create(system, login, account.job())).rejects.toMatchObject({
      code: 'busy',
      left: [],
      message: expect.stringMatching(/t4g\.micro in eu-central-1a: Insuff.*t3\.micro.*SpotMaxPriceTooLow/),
    })
    expect(account.inventory()).toEqual([])
    account.ec2.full.clear()
    await account.provider.create(system, login, account.job())
    expect(only()).toMatchObject({ type: 't4g.micro', spot: true })
  })

  test('are told by what no other pool would heal', async () => {
    account.ec2.full.set('t4g.micro', noRoom)
    account.ec2.full.set('t3.micro', new WireError('UnauthorizedOperation', 'You are not authorized.', 403))
    const system = newSystem(account, 'gate', { ec2 })
    await expect(account.provider.create(system, login, account.job())).rejects.toMatchObject({
      code: 'auth',
    })
  })

  test('are gone on with by whoever finds the template of an attempt that was cut off', async () => {
    const system = newSystem(account, 'gate', { ec2 })
    account.aws.next('ec2 CreateFleet', ...Array(6).fill('do it, then hang up'))
    await expect(account.provider.create(system, login, account.job())).rejects.toMatchObject({
      code: 'unknown',
    })
    only().hidden = 1
    const placed = await account.again().create(system, login, account.job())
    expect(placed.ref).toBe(only().id)
    expect(account.ec2.templates.size).toBe(0)
  }, 20_000)

  test('are waited for where EC2 does not know yet of the template that it has made', async () => {
    account.ec2.hides = 2
    await account.provider.create(newSystem(account, 'gate', { ec2 }), login, account.job())
    expect(only().type).toBe('t4g.micro')
    account.ec2.hides = 1_000
    await expect(
      account.provider.create(newSystem(account, 'never', { ec2 }), login, account.job()),
    ).rejects.toMatchObject({ code: 'refused', left: [] })
    expect(account.ec2.templates.size).toBe(0)
  })

  test('leave a template alone that somebody else has made under the name', async () => {
    const system = newSystem(account, 'gate', { ec2 })
    const name = `re-ops-${system.id}`
    account.ec2.templates.set(name, {
      id: 'lt-1',
      name,
      data: {},
      tags: new Map(),
      token: 'theirs',
      hidden: 0,
    })
    await expect(account.provider.create(system, login, account.job())).rejects.toMatchObject({
      code: 'refused',
    })
    expect([...account.ec2.templates.keys()]).toEqual([name])
  })
})

describe('what comes to nothing', () => {
  test('is refused before anything is launched where EC2 could not take it', async () => {
    const noise = Array.from({ length: 20_000 }, (_, index) =>
      String.fromCharCode(33 + ((index * 7919) % 89)),
    )
    const long = newSystem(account, 'long', { userData: `#!/bin/sh\n# ${noise.join('')}` })
    const random = { ...long, userData: `${long.userData}${Buffer.from(noise.join('')).toString('base64')}` }
    expect(account.provider.check({ ...random, count: 1 })).toEqual([])
    const crypto = await import('node:crypto')
    const dense = { ...long, userData: `#!/bin/sh\n# ${crypto.randomBytes(24_000).toString('base64')}` }
    await expect(account.provider.create(dense, login, account.job())).rejects.toMatchObject({
      code: 'refused',
      message: expect.stringContaining('EC2 takes 16384'),
    })
    expect(account.aws.callsOf('ec2')).toEqual([])
  })

  test('is taken back when it is cancelled, its kept volume included', async () => {
    const system = newSystem(account, 'gate', { volumes: [{ size: 5, keep: true }] })
    for (const stage of ['launching t4g.micro', 'waiting until EC2 shows']) {
      const job = account.job({ onStage: said => void (said.startsWith(stage) && job.cancel()) })
      await expect(account.provider.create(system, login, job)).rejects.toMatchObject({
        code: 'cancelled',
        left: [],
      })
      for (const one of account.ec2.instances.values()) expect(one.state).toMatch(/shutting-down|terminated/)
      await account.provider.destroy(system, cut, account.job())
      expect(account.inventory()).toEqual([])
    }
  })

  test('is taken back as soon as EC2 knows of it, and not left to run because that takes a moment', async () => {
    account.ec2.hides = 4
    const job = account.job({ onStage: said => void (said.startsWith('waiting') && job.cancel()) })
    await expect(account.provider.create(newSystem(account, 'gate'), login, job)).rejects.toMatchObject({
      code: 'cancelled',
      left: [],
    })
    expect(account.inventory().filter(one => !one.endsWith('shutting-down'))).toEqual([])
  })

  test('is said to be left where EC2 never knows of it', async () => {
    account.ec2.hides = 1_000
    const job = account.job({ onStage: said => void (said.startsWith('waiting') && job.cancel()) })
    await expect(account.provider.create(newSystem(account, 'gate'), login, job)).rejects.toMatchObject({
      code: 'cancelled',
      left: [expect.stringMatching(/^the instance i-\w+ \(.*InvalidInstanceID\.NotFound/)],
    })
    expect(account.aws.callsOf('ec2').filter(action => action === 'TerminateInstances').length).toBeLessThan(
      60,
    )
  })

  test('is said to be left where it can not be taken back', async () => {
    const job = account.job({ onStage: said => void (said.startsWith('waiting') && job.cancel()) })
    account.aws.next('ec2 TerminateInstances', new WireError('UnauthorizedOperation', 'You may not.', 403))
    await expect(account.provider.create(newSystem(account, 'gate'), login, job)).rejects.toMatchObject({
      code: 'cancelled',
      left: [expect.stringMatching(/^the instance i-\w+ \(/)],
    })
  })

  test('is never told as nothing when nobody knows', async () => {
    account.aws.next('ec2 RunInstances', ...Array(6).fill('do it, then hang up'))
    const system = newSystem(account, 'gate')
    await expect(account.provider.create(system, login, account.job())).rejects.toMatchObject({
      code: 'unknown',
    })
    expect(await account.provider.create(system, login, account.job())).toMatchObject({ ref: only().id })
  }, 20_000)

  test('is not begun with too little time to hear of it', async () => {
    await expect(
      account.provider.create(newSystem(account, 'gate'), login, account.job({ withinMs: 1_500 })),
    ).rejects.toMatchObject({ code: 'timeout' })
    expect(account.aws.callsOf('ec2')).not.toContain('RunInstances')
  })
})

test('a machine without a key is made where Run Command reaches it, and refused where SSH would have to', async () => {
  const keyless = { user: 'ec2-user', keys: [] }
  await account.provider.create(newSystem(account, 'gate'), keyless, account.job())
  expect(only().userData).not.toContain('ssh_authorized_keys')
  const bySsh = account.again({ ec2: { reach: 'ssh' } })
  await expect(bySsh.create(newSystem(account, 'other'), keyless, account.job())).rejects.toMatchObject({
    code: 'refused',
    message: expect.stringContaining('name a public key'),
  })
})
