import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { SystemTrouble } from '../../../src/core/systems/trouble.ts'
import { fakeProvider } from '../../fakes/provider.ts'
import { type Scene, scene, untimed } from './scene.ts'

const flows = `
import { exec, flow, pipe, preset, source, type } from 're-ops'
import * as z from 'zod'
export const beefy = preset('beefy', { cpu: 8, ram: 16384, tags: ['beefy'] })
export const redis = type({
  description: 'a cache',
  args: z.strictObject({ port: z.int().default(6379), name: z.string().optional() }),
  plan: () => exec('echo provisioned'),
})
export const listing = flow({ input: z.strictObject({}), steps: source(1) })
`
const made = (parts = {}): Promise<Scene> => scene({ files: { 'flows/index.ts': flows }, ...parts })
const only = async ({ store }: Scene) => {
  const [system, ...rest] = await store.list()
  expect(rest).toEqual([])
  return system!
}

describe('create', () => {
  test('says what it makes, makes it, and prints it', async () => {
    const closet = await made()
    const { status, stdout, stderr } = await closet.reops([
      ...[
        'create',
        'kvm:big-iron',
        '--type',
        'redis',
        '--count',
        '3',
        '--preset',
        'medium',
        '--image',
        'debian-12',
      ],
      ...['--volume', '100,keep,name=data', '--disk', '20', '--tag', 'web'],
    ])
    expect(stderr).toBe(
      [
        '3 systems on big-iron (kvm): redis-[1-3]',
        '  type     redis',
        '  image    debian-12',
        '  sizes    2 cpu, 2 GiB, disk 20 GiB',
        '  volumes  data 100 GiB kept',
        '  login    by the key closet',
        '  tags     web',
        '',
      ].join('\n'),
    )
    expect(untimed(stdout)).toMatch(
      /^name {5}state .*\nredis-1 {2}running {2}redis {2}big-iron {2}2 {4}2 GiB .*\nredis-2 .*\nredis-3 .*\n3 systems: 3 ok\n$/,
    )
    expect(await closet.standing()).toEqual(['redis-1 running', 'redis-2 running', 'redis-3 running'])
    expect(status).toBe(0)
  })

  test('takes everything that a system may be told', async () => {
    const closet = await made()
    await writeFile(path.join(closet.folder, 'more.yaml'), '#cloud-config\n')
    const { status, stderr } = await closet.reops([
      ...[
        'create',
        'big-iron',
        '--name',
        'cache',
        '--image',
        'debian-12',
        '--cpu',
        '3',
        '--ram',
        '4G',
        '--disk',
        '1T',
      ],
      ...[
        '--type',
        'redis',
        '--arg',
        'port=6380',
        '--arg',
        'name=7',
        '--network',
        'bridge:br0,mac=52:54:00:AA:bb:cc',
      ],
      ...['--uefi', '--domain', 'lan', '--user', 'ops', '--key', 'closet', '--tag', 'a', '--tag', 'b'],
      ...['--description', 'a cache', '--package', 'curl', '--package', 'jq', '--user-data', 'more.yaml'],
    ])
    expect(stderr).toContain('  network   bridge br0, 52:54:00:aa:bb:cc\n')
    expect(status).toBe(0)
    expect(await only(closet)).toMatchObject({
      hostname: 'cache',
      provider: 'kvm',
      node: 'big-iron',
      os: 'debian-12',
      cpu: 3,
      ram: 4_096,
      disk: 1_024,
      type: 'redis',
      args: { port: 6380, name: '7' },
      network: { kind: 'bridge', name: 'br0', mac: '52:54:00:aa:bb:cc' },
      firmware: 'uefi',
      domain: 'lan',
      user: 'ops',
      key: 'closet',
      tags: ['a', 'b'],
      description: 'a cache',
      packages: ['curl', 'jq'],
      userData: '#cloud-config\n',
    })
  })

  test('knows presets that the flows export, and lets flags win over them', async () => {
    const closet = await made()
    await closet.reops(['create', 'small', '--preset', 'beefy', '--cpu', '2', '--tag', 'web', '--name', 'a'])
    expect(await only(closet)).toMatchObject({ cpu: 2, ram: 16_384, tags: ['beefy', 'web'], os: 'debian-12' })
  })

  test.each([
    [['big-irn'], 'there is no hypervisor "big-irn"; did you mean big-iron?'],
    [['nowhere'], 'there is no hypervisor "nowhere"; there are big-iron, small'],
    [['none:big-iron', '--name', 'a'], 'there is no provider "none" here'],
    [['small', '--preset', 'medum'], 'there is no preset "medum"; did you mean medium?'],
    [['small', '--type', 'mongo'], '--type mongo: there is no type "mongo"; there are redis'],
    [['small', '--type', 'redis', '--arg', 'port=x'], "type redis can't be made with these arguments: port"],
    [['small', '--arg', 'port=1'], '--arg is an argument of the plan of a type; name that by --type'],
    [['small', '--type', 'redis', '--arg', 'port'], '--arg port has no value; write --arg port=<value>'],
    [['small', '--name', 'Redis'], '--name: name: a hostname has up to 63 lower-case letters'],
    [['small', '--ram', 'much'], '--ram is "much"; it takes a size such as 512, 512M or 4G'],
    [['small', '--disk', '1500M'], '--disk is "1500M"; disks have whole GiB'],
    [['small', '--volume', '10,kept'], '--volume 10,kept: "kept" says nothing'],
    [['small', '--network', 'bridge'], '--network bridge is none; write nat'],
    [['small', '--network', 'user:22'], '--network user:22: "22" is no forwarded port'],
    [['small', '--provision'], '--provision goes through the plan of a type; name that by --type'],
    [['small', '--type', 'redis', '--provision', '--no-start'], 'leave --no-start out'],
    [['small', '--user-data', 'gone.yaml'], "--user-data gone.yaml can't be read"],
    [['small', '--volume', '1,name=a', '--volume', '2,name=a'], 'two volumes are named a'],
    [
      ['small', '--preset', 'uefi', '--count', '101'],
      '--count is "101"; it takes a whole number from 1 to 100',
    ],
    [[], 'reops create needs <provider:node>, where they are made'],
  ])('%j is refused with status 2, and nothing is touched', async (words, said) => {
    const closet = await made()
    const { status, stderr } = await closet.reops(['create', ...words])
    expect(stderr).toContain(said)
    expect(status).toBe(2)
    expect(closet.provider.calls).toEqual([])
    expect(await closet.standing()).toEqual([])
  })

  test('that its provider finds fault with is refused with status 2', async () => {
    const closet = await made({ provider: fakeProvider({ problems: ['there is no bridge br0'] }) })
    const { status, stderr } = await closet.reops(['create', 'small', '--name', 'a'])
    expect(stderr).toContain("can't be made, and nothing was touched: there is no bridge br0")
    expect(status).toBe(2)
  })

  test('asks on a terminal, unless --yes', async () => {
    const closet = await made()
    const words = ['create', 'small', '--name', 'a', '--no-color']
    const no = await closet.reops(words, { typed: 'n\n', columns: 80 })
    expect(no.stderr).toContain('1 system on small (kvm): a\n')
    expect(no.stderr).toContain('Make this? [y/N] nothing was made\n')
    expect({ status: no.status, made: await closet.standing() }).toEqual({ status: 1, made: [] })
    expect((await closet.reops(words, { typed: 'y\n', columns: 80 })).status).toBe(0)
    expect((await closet.reops(['create', 'small', '--yes'], { typed: '', columns: 80 })).status).toBe(0)
    expect(await closet.standing()).toEqual(['a running', 'kvm-1 running'])
  })

  test('with --no-start leaves it stopped, and does not look for SSH', async () => {
    const closet = await made({ answer: () => Promise.reject(new Error('nobody asks')) })
    expect((await closet.reops(['create', 'small', '--name', 'a', '--no-start'])).status).toBe(0)
    expect(await closet.standing()).toEqual(['a stopped'])
  })

  test('with --provision goes through the plan of its type', async () => {
    const closet = await made({ answer: () => 'provisioned' })
    const words = ['create', 'small', '--type', 'redis', '--count', '2', '--provision', '--json']
    const { status, stdout } = await closet.reops(words)
    expect(JSON.parse(stdout)).toMatchObject({
      command: 'create small',
      status: 'succeeded',
      outcome: { successful: [{ host: 'redis-1', value: { type: 'redis' } }, { host: 'redis-2' }] },
    })
    expect(status).toBe(0)
    expect((await closet.store.list()).map(({ provisioned }) => provisioned?.type)).toEqual([
      'redis',
      'redis',
    ])
  })

  test('of which one fails takes that back, and exits with 1', async () => {
    const closet = await made()
    closet.provider.disturb('create:defining it', system =>
      system?.hostname === 'redis-2' ? new SystemTrouble('exception', 'the pool is full') : undefined,
    )
    const { status, stdout } = await closet.reops(['create', 'small', '--type', 'redis', '--count', '2'])
    expect(untimed(stdout)).toContain('2 systems: 1 ok, 1 exception')
    expect(stdout).toContain('the pool is full; what had been made was taken back')
    expect(status).toBe(1)
    expect(await closet.standing()).toEqual(['redis-1 running'])
  })

  test('that is interrupted takes back what it made, and exits with 130', async () => {
    const closet = await made()
    closet.provider.disturb('create:defining it', 'hang')
    const calling = closet.start(['create', 'small', '--name', 'a'])
    while (!closet.provider.calls.includes('create a')) await sleep(20)
    await sleep(100)
    calling.interrupt('SIGINT')
    expect((await calling.done).status).toBe(130)
    expect({ standing: await closet.standing(), machines: closet.provider.machines.size }).toEqual({
      standing: [],
      machines: 0,
    })
  })
})
