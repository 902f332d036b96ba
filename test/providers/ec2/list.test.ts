import { afterEach, beforeEach, expect, test } from 'vitest'
import { parseSpec, type SystemSpec } from '../../../src/core/systems/spec.ts'
import { type Account, cut, login, newSystem, openAccount } from './account.ts'

let account: Account
beforeEach(async () => {
  account = await openAccount()
})
afterEach(() => account.close())

test('finds what we made, page by page, with what we told it, and nobody else’s', async () => {
  const { provider, job, ec2 } = account
  const spec = {
    volumes: [{ name: 'data', size: 5, keep: true }],
    tags: ['db', 'closet'],
    description: 'Ünïcode, "quotes" & <signs> 🦊 '.repeat(30),
    args: { long: Array.from({ length: 40 }, (_, index) => `value ${index}`) },
    packages: ['secret-thing'],
  }
  const made = ['one', 'two', 'three', 'four'].map(name => newSystem(account, name, spec))
  for (const system of made) await provider.create(system, login, job())
  const [one, two] = [...ec2.instances.values()]
  await provider.destroy({ ...made[0]!, ref: one!.id }, cut, job())
  two!.tags.set('re-ops', 'another')
  ec2.pageSize = 1
  const found = await provider.list(undefined, job())
  expect(found.map(({ label, told }) => [label, told?.hostname, told?.id])).toEqual(
    made.slice(2).map(({ hostname, id }) => [hostname, hostname, id]),
  )
  const { id, hostname, volumes, tags, description, args, ec2: part } = made[2]!
  expect(found[0]!.told).toMatchObject({ id, hostname, volumes, tags, description, args, ec2: part })
  expect(JSON.stringify(found)).not.toContain('secret-thing')
})

test.each([
  ['was written over', 'nonsense'],
  ['unpacks to far too much', 'bomb'],
  ['is not there', undefined],
])('what is told and %s hides no instance', async (_what, kind) => {
  const { provider, job, ec2 } = account
  const system = newSystem(account, 'gate', { domain: 'closet.lan' })
  await provider.create(system, login, job())
  const { tags } = [...ec2.instances.values()][0]!
  for (const key of [...tags.keys()].filter(key => key.startsWith('re-ops:told:'))) tags.delete(key)
  const { deflateRawSync } = await import('node:zlib')
  const bomb = () => deflateRawSync(Buffer.alloc(60_000_000), { level: 9 }).toString('base64url')
  if (kind === 'nonsense') tags.set('re-ops:told:0', kind)
  if (kind === 'bomb')
    for (const [index, part] of bomb()
      .match(/.{1,256}/g)!
      .slice(0, 40)
      .entries())
      tags.set(`re-ops:told:${index}`, part)
  const found = await provider.list(undefined, job())
  expect(found).toMatchObject([{ label: 'gate.closet.lan', told: { hostname: 'gate', id: system.id } }])
})

test('what is too large to be told is launched all the same, and a person is warned', async () => {
  const { provider, job } = account
  const { randomBytes } = await import('node:crypto')
  const args = { noise: randomBytes(20_000).toString('base64') }
  const warned = job()
  await provider.create(newSystem(account, 'gate', { args }), login, warned)
  expect(warned.warnings).toEqual([expect.stringContaining('too much for tags')])
  expect(await provider.list(undefined, job())).toMatchObject([{ told: { hostname: 'gate' } }])
})

test.each<[string, Partial<SystemSpec>, RegExp | undefined]>([
  ['an instance', {}, undefined],
  ['no type', { ec2: undefined }, /begin with ec2/],
  ['a node', { node: 'iron' }, /stand on no node/],
  ['sizes', { cpu: 2 }, /of its type/],
  ['firmware', { firmware: 'uefi' }, /leave uefi out/],
  ['a network', { network: { kind: 'nat' } }, /subnets or zones/],
  [
    'subnets and zones',
    { ec2: { types: ['t3.a'], zones: ['eu-central-1a'], subnets: ['subnet-0a'] } },
    /in a zone/,
  ],
  ['an image of another world', { os: 'debian/12' }, /is no image/],
  [
    'one image for two architectures',
    { os: 'ami-0000000000000a641', ec2: { types: ['t4g.a', 't3.a'] } },
    /no image/,
  ],
  ['a parameter of one for two', { os: '/aws/x-{arch}', ec2: { types: ['t4g.a', 't3.a'] } }, undefined],
  ['more volumes than letters', { volumes: Array(12).fill({ size: 1, keep: false }) }, /takes 11 volumes/],
  ['a pool of disks', { volumes: [{ size: 1, keep: false, pool: 'fast' }] }, /fast is no kind/],
])('%s is checked before anything is touched', (_what, more, problem) => {
  const spec = { ...parseSpec({ provider: 'ec2', ec2: { types: ['t4g.micro'] } }), ...more }
  const said = account.provider.check(spec)
  if (problem === undefined) expect(said).toEqual([])
  else expect(said.join()).toMatch(problem)
  expect(account.aws.calls).toEqual([])
})
