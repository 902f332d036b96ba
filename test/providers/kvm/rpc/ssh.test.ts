import { mkdtemp, rm } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type FarEnd, HostTrouble, type Transport } from '../../../../src/core/ports.ts'
import { type OpenStream, openLibvirt, openStreamsOver } from '../../../../src/providers/kvm/rpc/index.ts'
import { createSshTransport } from '../../../../src/transports/ssh/index.ts'
import { canHypervise, type Hypervisor, openHypervisor } from '../../../lab/hypervisor/index.ts'

describe('by SSH', canHypervise(), () => {
  let iron: Hypervisor
  let folder: string
  let transport: Transport
  let openStream: OpenStream
  const uri = (query = '', hypervisor = 'system') =>
    `qemu+ssh://root@127.0.0.1:${iron.ssh.port}/${hypervisor}?keyfile=${encodeURIComponent(iron.ssh.key)}${query}`

  beforeAll(async () => {
    iron = await openHypervisor()
    folder = await mkdtemp(path.join(os.tmpdir(), 'reops-ssh-'))
    transport = createSshTransport({
      stateFolder: path.join(folder, 'state'),
      home: folder,
      configFile: false,
      agent: false,
      knownHostsFiles: [iron.ssh.knownHosts],
      hostKeys: 'strict',
    })
    openStream = openStreamsOver(transport)
  })
  afterAll(async () => {
    await transport?.close()
    await iron?.close()
    await rm(folder, { recursive: true, force: true })
  })

  /** Remembers what was opened, and leads to no socket where forwarding is `forbidden`. */
  const watched = (forbidden = false) => {
    const opened: string[] = []
    const open: OpenStream = (host, to, options) => {
      opened.push('socketPath' in to ? to.socketPath : to.command.join(' '))
      if (forbidden && 'socketPath' in to) throw new HostTrouble('exception', 'forwarding is prohibited')
      return openStream(host, to, options)
    }
    return { opened, open }
  }

  test.each([
    ['to its socket', '', false, ['/var/run/libvirt/libvirt-sock']],
    [
      'to the socket that the URI names',
      '&socket=/run/libvirt/libvirt-sock',
      false,
      ['/run/libvirt/libvirt-sock'],
    ],
    ['through virt-ssh-helper', '&proxy=native', false, ['virt-ssh-helper qemu:///system']],
    [
      'through virt-ssh-helper where sshd forwards nothing',
      '',
      true,
      ['/var/run/libvirt/libvirt-sock', '/var/run/libvirt/virtqemud-sock', 'virt-ssh-helper qemu:///system'],
    ],
  ])('a daemon is reached %s', async (_, query, forbidden, ways) => {
    const { opened, open } = watched(forbidden)
    const libvirt = await openLibvirt({ uri: uri(query), openStream: open })
    expect(await libvirt.call('connectGetHostname', {})).toEqual({ hostname: 'big-iron' })
    expect(opened).toEqual(ways)
    await libvirt.close()
  })

  test('volumes go through it whole', async () => {
    const libvirt = await openLibvirt({ uri: uri(), openStream })
    const { pool } = await libvirt.call('storagePoolLookupByName', { name: 'default' })
    const xml = '<volume><name>far.raw</name><capacity>5000000</capacity></volume>'
    const { volume } = await libvirt.call('storageVolCreateXml', { pool, xml })
    const data = Buffer.alloc(5_000_000, 'far away ')
    await libvirt.upload(volume, [data])
    expect(Buffer.concat(await (await libvirt.download(volume)).toArray()).equals(data)).toBe(true)
    await libvirt.close()
  })

  test('a socket that is not there is named', async () => {
    const error = await openLibvirt({ uri: uri('&socket=/nowhere/sock'), openStream }).catch(
      (thrown: unknown) => thrown,
    )
    expect(error).toMatchObject({ name: 'HostTrouble', code: 'unreachable' })
    expect(String(error)).toContain('/nowhere/sock')
  })

  test('what the helper complains of is passed on', async () => {
    const { opened, open } = watched()
    const failing: OpenStream = (host, to, options) =>
      open(host, 'command' in to ? { command: [...to.command, 'too much'] } : to, options)
    const error = await openLibvirt({ uri: uri('&proxy=native'), openStream: failing }).catch(
      (thrown: unknown) => thrown,
    )
    expect(error).toMatchObject({ name: 'HostTrouble', code: 'unreachable' })
    expect(String(error)).toContain('virt-ssh-helper ended with 1')
    expect(opened).toHaveLength(1)
  })

  test('a session is found by the helper alone, which knows where its socket is', async () => {
    const asked: FarEnd[] = []
    const refusing: OpenStream = (_host, to) => {
      asked.push(to)
      throw new HostTrouble('exception', 'not here')
    }
    const session = openLibvirt({ uri: uri('', 'session'), openStream: refusing })
    await expect(session).rejects.toMatchObject({ name: 'HostTrouble', code: 'unreachable' })
    expect(asked).toEqual([{ command: ['virt-ssh-helper', 'qemu:///session'] }])
  })

  test.each([
    ['no_verify', '&no_verify=1'],
    ['known_hosts', '&known_hosts=/dev/null'],
    ['proxy', '&proxy=native&socket=/run/s'],
  ])('a URI that asks for %s is refused for it', async (part, query) => {
    const error = await openLibvirt({ uri: uri(query), openStream }).catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ name: 'LibvirtUriError', part })
  })

  test('a session whose socket nobody can know is refused, and so is SSH where nothing opens it', async () => {
    const session = uri('&proxy=netcat', 'session')
    await expect(openLibvirt({ uri: session, openStream })).rejects.toMatchObject({ part: 'socket' })
    await expect(openLibvirt({ uri: uri() })).rejects.toMatchObject({ part: 'transport' })
  })

  test('what SSH itself meets is passed on', async () => {
    const wrong = uri().replace('root@', 'nobody-here@')
    await expect(openLibvirt({ uri: wrong, openStream })).rejects.toMatchObject({
      name: 'HostTrouble',
      code: 'auth',
    })
  })
})
