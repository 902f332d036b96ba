import { describe, expect, test } from 'vitest'
import { type CloudInit, cloudInit } from '../../../src/providers/cloud-init/index.ts'
import { ecdsa, ed25519, field, keyLine, privateKey, rsa } from './keys.ts'

const given: CloudInit = { instanceId: 'redis-1', hostname: 'redis-1', user: 'ops', keys: [ed25519] }

/** The configuration that stands after the first line. */
function configOf(extra: Partial<CloudInit> = {}): Record<string, unknown> {
  const [first, ...rest] = cloudInit({ ...given, ...extra })['user-data'].split('\n')
  expect(first).toBe('#cloud-config')
  return JSON.parse(rest.join('\n'))
}

function refusal(extra: object): string {
  try {
    cloudInit({ ...given, ...extra } as CloudInit)
  } catch (error) {
    expect(error).toMatchObject({ name: 'InvalidArguments' })
    return (error as Error).message
  }
  throw new Error('it was taken')
}

describe('cloudInit', () => {
  test('lets one user in, by key alone, who may become root', () => {
    expect(configOf()).toEqual({
      hostname: 'redis-1',
      preserve_hostname: false,
      manage_etc_hosts: 'localhost',
      users: [
        {
          name: 'ops',
          lock_passwd: true,
          ssh_authorized_keys: [ed25519],
          shell: '/bin/bash',
          sudo: 'ALL=(ALL) NOPASSWD:ALL',
        },
      ],
      ssh_pwauth: false,
      disable_root: true,
    })
  })

  test('opens the login of root only to who asks for it', () => {
    expect(configOf({ user: 'root' })).toMatchObject({
      users: [{ name: 'root', lock_passwd: true, ssh_authorized_keys: [ed25519] }],
      disable_root: false,
    })
  })

  test('names the instance and the host', () => {
    const { 'meta-data': meta, 'network-config': network } = cloudInit({ ...given, domain: 'lab.home' })
    expect(JSON.parse(meta)).toEqual({ 'instance-id': 'redis-1', 'local-hostname': 'redis-1.lab.home' })
    expect(network).toBeUndefined()
    expect(configOf({ domain: 'lab.home' })).toMatchObject({ hostname: 'redis-1', fqdn: 'redis-1.lab.home' })
  })

  test('formats only a volume that is empty', () => {
    expect(configOf({ mounts: [{ device: '/dev/vdb', path: '/data', format: true }] })).toMatchObject({
      fs_setup: [{ device: '/dev/vdb', filesystem: 'ext4', partition: 'any', overwrite: false }],
      mounts: [['/dev/vdb', '/data', 'auto', 'defaults,nofail', '0', '2']],
    })
    expect(configOf({ mounts: [{ device: 'LABEL=data', path: '/data', filesystem: 'xfs' }] })).toMatchObject({
      mounts: [['LABEL=data', '/data', 'xfs', 'defaults,nofail', '0', '2']],
    })
  })

  test('writes packages and commands as they are given', () => {
    const runcmd = ['echo "a: b" > /x\ntrue', ['touch', '/tmp/# no comment']]
    expect(configOf({ packages: ['redis-server', 'vim=2:9.0'], runcmd })).toMatchObject({
      packages: ['redis-server', 'vim=2:9.0'],
      package_update: true,
      runcmd,
    })
  })

  test('escapes what readers of YAML would refuse or fold', () => {
    const text = cloudInit({ ...given, runcmd: ['\x7f\x85\u2028\ufeffü🐙'] })['user-data']
    expect(text).toContain('"\\u007f\\u0085\\u2028\\ufeffü🐙"')
  })

  test('writes the same text for the same facts', () =>
    expect(cloudInit({ ...given, userData: '#!/bin/sh\n' })).toEqual(
      cloudInit({ ...given, userData: '#!/bin/sh\n' }),
    ))
})

describe('a public key', () => {
  test.each([
    ed25519,
    `  ${ed25519}\n`,
    rsa(2048),
    ecdsa('nistp256', 65),
    ecdsa('nistp384', 97),
    ecdsa('nistp521', 133),
    keyLine('sk-ssh-ed25519@openssh.com', new Uint8Array(32), 'ssh:'),
    keyLine('sk-ecdsa-sha2-nistp256@openssh.com', 'nistp256', new Uint8Array(65), 'ssh:'),
  ])('is taken: %s', key =>
    expect(configOf({ keys: [key] })).toMatchObject({ users: [{ ssh_authorized_keys: [key.trim()] }] }),
  )

  test('that is private is refused, and not repeated', () => {
    const secret = privateKey()
    const said = refusal({ keys: [ed25519, secret] })
    expect(said).toContain('keys.1: that is a private key')
    expect(said).toContain('.pub')
    expect(said).not.toContain(secret.split('\n')[1])
    expect(refusal({ keys: ['PuTTY-User-Key-File-3: ssh-ed25519'] })).toContain('private key')
  })

  test.each([
    ['a certificate', keyLine('ssh-ed25519-cert-v01@openssh.com', 'x'), 'certificate'],
    ['an RFC 4716 file', '---- BEGIN SSH2 PUBLIC KEY ----\nAAAA', 'ssh-keygen -i'],
    ['DSA', keyLine('ssh-dss', 'x'), 'DSA'],
    ['options', `command="x" ${ed25519}`, 'no options'],
    ['another kind inside', ed25519.replace('ssh-ed25519 ', 'ssh-rsa '), 'another kind'],
    ['a second line', `${ed25519}\nssh-rsa x`, 'one line'],
    ['a lost tail', ed25519.slice(0, 60), 'cut short'],
    ['no data', 'ssh-ed25519', 'cut short'],
    ['what is not base64', ed25519.replace('AAAA', 'A!AA'), 'cut short'],
    ['a short point', ecdsa('nistp256', 64), 'not a key of that kind'],
    ['more than it should hold', keyLine('ssh-ed25519', new Uint8Array(32), 'x'), 'not a key of that kind'],
    ['a weak RSA key', rsa(1024), '1024 bits'],
    ['an RSA key of zeros', keyLine('ssh-rsa', Uint8Array.of(3), new Uint8Array(256)), '0 bits'],
    [
      'a field past the end',
      `ssh-ed25519 ${Buffer.concat([field('ssh-ed25519'), Buffer.from([255, 0, 0, 0])]).toString('base64')}`,
      'cut short',
    ],
  ])('with %s is refused', (_, key, why) => expect(refusal({ keys: [key] })).toContain(why))
})

describe('cloudInit refuses', () => {
  test.each([
    ['a line in the host name', { hostname: 'a\nb' }, 'hostname'],
    ['a line at its end', { hostname: 'a\n' }, 'hostname'],
    ['a dot in it', { hostname: 'a.b' }, 'no dot'],
    ['a long one', { hostname: 'a'.repeat(64) }, 'hostname'],
    ['a domain that is none', { domain: 'a..b' }, 'domain'],
    ['an instance id with a path', { instanceId: '../x' }, 'instanceId'],
    ['an option for a user', { user: '-x' }, 'user'],
    ['nobody to let in', { keys: [] }, 'could not be reached'],
    ['an option for a package', { packages: ['--yes'] }, 'packages.0'],
    ['an empty command', { runcmd: [[]] }, 'runcmd.0'],
    ['a NUL in a command', { runcmd: ['a\0b'] }, 'NUL'],
    ['half a character', { runcmd: ['\ud800'] }, 'runcmd.0'],
    ['a mount point that climbs', { mounts: [{ device: '/dev/vdb', path: '/a/../..' }] }, 'mounts.0.path'],
    ['a label to format', { mounts: [{ device: 'LABEL=x', path: '/a', format: true }] }, 'named by its path'],
    ['a shell with arguments', { shell: '/bin/sh -c' }, 'shell'],
    ['no cards', { network: [] }, 'network'],
    ['a card twice', { network: [{ name: 'eth0' }, { name: 'eth0' }] }, 'same name'],
    ['an address without prefix', { network: [{ name: 'eth0', addresses: ['10.0.0.1'] }] }, 'prefix'],
    ['a gateway alone', { network: [{ name: 'eth0', gateways: ['10.0.0.1'] }] }, 'of its own family'],
    ['a card without any address', { network: [{ name: 'eth0', dhcp: false }] }, 'needs an address'],
    ['data of no kind', { userData: 'hello' }, 'begin with #cloud-config'],
    ['a script from Windows', { userData: '#!/bin/sh\r\nls\r\n' }, 'Windows'],
    ['too much data', { userData: `#!${'x'.repeat(1024 * 1024)}` }, '1 MiB'],
    ['what it does not know', { color: 'red' }, 'color'],
  ])('%s', (_, extra, why) => expect(refusal(extra)).toContain(why))
})
