import { describe, expect, test } from 'vitest'
import { LibvirtUriError, parseLibvirtUri } from '../../../../src/providers/kvm/rpc/index.ts'
import { socketCandidates } from '../../../../src/providers/kvm/rpc/transports/sockets.ts'
import fc from '../../../support/fast-check.ts'

describe('a URI', () => {
  test.each([
    ['qemu:///system', { driver: 'qemu', transport: 'unix', path: '/system', name: 'qemu:///system' }],
    ['qemu:///session', { transport: 'unix', path: '/session' }],
    ['qemu+unix:///system?socket=/run/own', { transport: 'unix', query: { socket: '/run/own' } }],
    ['test:///default', { driver: 'test', transport: 'unix', name: 'test:///default' }],
    [
      'qemu+ssh://ops@big-iron:2222/system?keyfile=/home/ops/id&socket=/run/s&no_verify=1',
      { transport: 'ssh', user: 'ops', host: 'big-iron', port: 2222, name: 'qemu:///system' },
    ],
    ['qemu+ssh://big-iron/system?proxy=native', { transport: 'ssh', query: { proxy: 'native' } }],
    ['qemu+libssh2://root@big-iron/session', { transport: 'ssh', path: '/session' }],
    ['qemu+ssh://a%40b@[fd00::1]:22/system', { user: 'a@b', host: 'fd00::1', port: 22 }],
    ['qemu+tls://iron.example:16514/system?pkipath=/pki', { transport: 'tls', port: 16514 }],
    ['qemu+tls:///system', { transport: 'tls', host: undefined }],
    ['qemu://iron/system', { transport: 'tls', host: 'iron' }],
    ['QEMU+SSH://iron/system', { driver: 'qemu', transport: 'ssh' }],
    ['qemu+ssh://iron/system?name=qemu:///session', { name: 'qemu:///session' }],
    ['lxc:///system', { driver: 'lxc', name: 'lxc:///system' }],
  ])('%s is read', (text, parts) => {
    expect(parseLibvirtUri(text)).toMatchObject(parts)
  })

  test.each([
    ['', 'uri'],
    ['/var/run/libvirt', 'uri'],
    ['qemu', 'uri'],
    ['qemu+ssh://iron:99999/system', 'uri'],
    ['esx://host/', 'driver'],
    ['qemu+tcp://iron/system', 'transport'],
    ['qemu+ext:///system', 'transport'],
    ['qemu+constructor:///system', 'transport'],
    ['qemu+ssh+unix://iron/system', 'transport'],
    ['qemu+unix://iron/system', 'host'],
    ['qemu+ssh:///system', 'host'],
    ['qemu:///', 'path'],
    ['qemu:///sytem', 'path'],
    ['qemu+ssh://ops:secret@iron/system', 'password'],
    ['qemu+tls://ops@iron/system', 'user'],
    ['qemu+ssh://%ff@iron/system', 'user'],
    ['qemu:///system#here', 'fragment'],
    ['qemu:///system?socket=relative', 'socket'],
    ['qemu+tls://iron/system?socket=/run/s', 'socket'],
    ['qemu:///system?keyfile=/k', 'keyfile'],
    ['qemu+ssh://iron/system?proxy=sometimes', 'proxy'],
    ['qemu+ssh://iron/system?command=/bin/ssh', 'command'],
    ['qemu+ssh://iron/system?netcat=nc', 'netcat'],
    ['qemu+ssh://iron/system?keyfile=/a&keyfile=/b', 'keyfile'],
    ['qemu+tls://iron/system?tls_priority=NORMAL', 'tls_priority'],
    ['qemu:///system?sokcet=/run/s', 'sokcet'],
    ['qemu:///system?constructor=1', 'constructor'],
  ])('%j is refused for its %s', (text, part) => {
    const error = caught(() => parseLibvirtUri(text))
    expect(error).toBeInstanceOf(LibvirtUriError)
    expect(error).toMatchObject({ name: 'LibvirtUriError', part })
    expect(String(error)).not.toContain('secret')
  })

  test('of any text at all is read or refused by name', () => {
    const text = fc.oneof(
      fc.string(),
      fc.webUrl(),
      fc.string().map(each => `qemu+ssh://${each}`),
    )
    fc.assert(
      fc.property(text, each => {
        const error = caught(() => parseLibvirtUri(each))
        if (error !== undefined) expect(error).toBeInstanceOf(LibvirtUriError)
      }),
    )
  })
})

test('a socket is looked for where libvirt puts it', () => {
  const places = (text: string) => socketCandidates(parseLibvirtUri(text))
  expect(places('qemu:///system')).toEqual([
    '/var/run/libvirt/libvirt-sock',
    '/var/run/libvirt/virtqemud-sock',
  ])
  expect(places('qemu:///system?mode=direct')).toEqual(['/var/run/libvirt/virtqemud-sock'])
  expect(places('qemu+unix:///system?mode=legacy')).toEqual(['/var/run/libvirt/libvirt-sock'])
  expect(places('qemu:///system?socket=/own')).toEqual(['/own'])
  expect(places('qemu:///session')[0]).toMatch(/libvirt\/libvirt-sock$/)
})

function caught(work: () => unknown): unknown {
  try {
    work()
    return undefined
  } catch (error) {
    return error
  }
}
