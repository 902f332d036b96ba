import { mkdtemp, rm } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openLibvirt } from '../../../../src/providers/kvm/rpc/index.ts'
import { canHypervise, type Hypervisor, openHypervisor } from '../../../lab/hypervisor/index.ts'
import { hangingServer, sayingServer } from '../../../lab/servers.ts'
import { needs } from '../../../support/needs.ts'
import { makeAuthority } from './certificates.ts'

const options = { ...canHypervise(), ...needs('openssl') }

describe('by TLS', options, () => {
  let folder: string
  let iron: Hypervisor
  let port: number
  const pki = (name: string) => path.join(folder, name)
  const uri = (keys: string, more = '') => `qemu+tls://localhost:${port}/system?pkipath=${pki(keys)}${more}`

  beforeAll(async () => {
    folder = await mkdtemp(path.join(os.tmpdir(), 'reops-pki-'))
    const [ours, theirs] = await Promise.all([makeAuthority(pki('ours')), makeAuthority(pki('theirs'))])
    await Promise.all([
      ours.sign(pki('server'), 'server', 'iron', 'DNS:localhost'),
      ours.sign(pki('client'), 'client', 'ops'),
      ours.sign(pki('unwanted'), 'client', 'somebody'),
      theirs.sign(pki('strange'), 'client', 'ops'),
    ])
    // A client whose own keys are good, and who trusts somebody else's daemons.
    await ours.sign(pki('distrusting'), 'client', 'ops')
    await theirs.sign(pki('distrusting'), 'server', 'unused')
    const at = (file: string) => `"${path.join(pki('server'), file)}"`
    iron = await openHypervisor({
      args: ['--listen'],
      config: [
        'listen_tls = 1',
        'listen_tcp = 0',
        'listen_addr = "127.0.0.1"',
        'auth_tls = "none"',
        `key_file = ${at('serverkey.pem')}`,
        `cert_file = ${at('servercert.pem')}`,
        `ca_file = ${at('cacert.pem')}`,
        'tls_allowed_dn_list = ["CN=ops"]',
      ],
    })
    port = (await iron.forward('127.0.0.1', 16_514)).port
  })
  afterAll(async () => {
    await iron?.close()
    await rm(folder, { recursive: true, force: true })
  })

  test('a client with a certificate comes in', async () => {
    const libvirt = await openLibvirt({ uri: uri('client') })
    expect(await libvirt.call('connectGetHostname', {})).toEqual({ hostname: 'big-iron' })
    const { pool } = await libvirt.call('storagePoolLookupByName', { name: 'default' })
    const xml = '<volume><name>a.raw</name><capacity>3000000</capacity></volume>'
    const { volume } = await libvirt.call('storageVolCreateXml', { pool, xml })
    const data = Buffer.alloc(3_000_000, 'certainly')
    await libvirt.upload(volume, [data])
    expect(Buffer.concat(await (await libvirt.download(volume)).toArray()).equals(data)).toBe(true)
    await libvirt.close()
  })

  test.each([
    ['a certificate of another authority', 'strange', '', 'host-key'],
    ['a certificate of another authority, whoever the daemon is', 'strange', '&no_verify=1', 'auth'],
    ['a certificate that is not on the list', 'unwanted', '', 'auth'],
    ['an authority that did not sign for the daemon', 'distrusting', '', 'host-key'],
  ])('%s does not', async (_, keys, more, code) => {
    const error = await openLibvirt({ uri: uri(keys, more) }).catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ name: 'HostTrouble', code })
  })

  test('a daemon under another name is not believed', async () => {
    const elsewhere = `qemu+tls://127.0.0.1:${port}/system?pkipath=${pki('client')}`
    const error = await openLibvirt({ uri: elsewhere }).catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ name: 'HostTrouble', code: 'host-key' })
    const anyway = await openLibvirt({ uri: `${elsewhere}&no_verify=1` })
    await anyway.close()
  })

  test('keys that are not there are named', async () => {
    const error = await openLibvirt({ uri: uri('nowhere') }).catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ name: 'LibvirtUriError', part: 'pkipath' })
    expect(String(error)).toContain('cacert.pem')
  })

  test.each([
    ['hangs', () => hangingServer()],
    ['speaks something else', () => sayingServer('SSH-2.0-nonsense\r\n', false)],
    ['hangs up', () => sayingServer('', true)],
  ])('a daemon that %s is given up in time', async (_, start) => {
    const server = await start()
    const there = `qemu+tls://localhost:${server.port}/system?pkipath=${pki('client')}`
    const error = await openLibvirt({ uri: there, timeout: 500 }).catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ name: 'HostTrouble' })
    await server.stop()
  })
})
