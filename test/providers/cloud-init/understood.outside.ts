import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type CloudInit, cloudInit } from '../../../src/providers/cloud-init/index.ts'
import { seedImage } from '../../../src/providers/kvm/seed/seed-image.ts'
import { needs } from '../../support/needs.ts'
import { readIso } from '../kvm/seed/read-iso.ts'
import { ed25519 } from './keys.ts'
import { requireValid, understand } from './real-cloud-init.ts'

const given: CloudInit = {
  instanceId: 'redis-1',
  hostname: 'redis-1',
  domain: 'lab.home',
  user: 'ops',
  keys: [`${ed25519} größe 🐙`],
  packages: ['redis-server'],
  runcmd: ['echo "a: b" # no comment', ['touch', '/tmp/\x85\u2028ü🐙']],
  mounts: [{ device: '/dev/vdb', path: '/data', format: true }],
}

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'reops-cloud-init-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

const read = (facts: CloudInit) => understand(folder, readIso(seedImage(cloudInit(facts))).rockRidge)

describe('the real cloud-init', needs('cloud-init'), () => {
  test('finds nothing against its own schema', async () => {
    const file = join(folder, 'user-data')
    await writeFile(file, cloudInit(given)['user-data'])
    expect(() => requireValid(file)).not.toThrow()
    await writeFile(file, '#cloud-config\n{"users": 5}\n')
    expect(() => requireValid(file)).toThrow()
  })

  test('reads from the seed what was given', async () => {
    const said = await read(given)
    expect(said.metadata).toMatchObject({ 'instance-id': 'redis-1', 'local-hostname': 'redis-1.lab.home' })
    expect(said.config).toMatchObject({
      hostname: 'redis-1',
      fqdn: 'redis-1.lab.home',
      ssh_pwauth: false,
      users: [{ name: 'ops', ssh_authorized_keys: given.keys }],
      runcmd: given.runcmd,
    })
    expect(said.network).toBeUndefined()
  })

  test('joins the lists of own data with ours, and lets their single values hold', async () => {
    const userData =
      '#cloud-config\nssh_pwauth: true\npackages: [htop]\nusers:\n  - name: guest\ntimezone: UTC\n'
    expect((await read({ ...given, userData })).config).toMatchObject({
      ssh_pwauth: true,
      timezone: 'UTC',
      packages: ['htop', 'redis-server'],
      users: [{ name: 'guest' }, { name: 'ops' }],
    })
  })

  test('lets us in although own data are broken', async () => {
    const { config } = await read({ ...given, userData: '#cloud-config\n{ this is: [ no YAML\n' })
    expect(config).toMatchObject({ users: [{ name: 'ops' }] })
  })

  test('keeps a script as it is, beside our configuration', async () => {
    const userData = '#!/bin/sh\necho größe\n--reops_\n'
    const said = await read({ ...given, userData })
    expect(said.types).toEqual(['text/x-shellscript', 'text/cloud-config'])
    expect(said.scripts).toEqual([userData])
    expect(said.config).toMatchObject({ users: [{ name: 'ops' }] })
  })

  test('opens own data of several parts', async () => {
    const userData = [
      'MIME-Version: 1.0',
      'Content-Type: multipart/mixed; boundary="mine"',
      '',
      '--mine',
      'Content-Type: text/x-shellscript',
      '',
      '#!/bin/sh',
      '--mine',
      'Content-Type: text/cloud-config',
      '',
      '#cloud-config',
      'packages: [htop]',
      '--mine--',
      '',
    ].join('\n')
    const said = await read({ ...given, userData })
    expect(said.types).toEqual(['text/x-shellscript', 'text/cloud-config', 'text/cloud-config'])
    expect(said.config).toMatchObject({ packages: ['htop', 'redis-server'] })
  })

  test('gives cards the same meaning by netplan and by ifupdown', async () => {
    const { network } = await read({
      ...given,
      network: [
        {
          name: 'lan0',
          mac: '52:54:00:AA:BB:01',
          addresses: ['10.1.2.3/24', 'fd00::3/64'],
          gateways: ['10.1.2.1', 'fd00::1'],
          nameservers: ['10.1.2.1'],
          search: ['lab.home'],
        },
        { name: 'eth1' },
      ],
    })
    for (const text of Object.values(network ?? {}))
      for (const part of ['10.1.2.3/24', 'fd00::3/64', '10.1.2.1', 'fd00::1', 'lab.home', 'lan0', 'eth1'])
        expect(text).toContain(part)
    expect(network?.netplan).toContain('macaddress: 52:54:00:aa:bb:01')
    expect(network?.netplan).toContain('dhcp4: true')
    expect(network?.ifupdown).toContain('iface eth1 inet dhcp')
  })
})
