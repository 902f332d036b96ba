import { expect, test } from 'vitest'
import { readTold } from '../../../src/core/systems/told.ts'
import { endpointSchema, findSocket } from '../../../src/providers/lxd/api/endpoint.ts'
import { addressOf } from '../../../src/providers/lxd/api/instance.ts'
import { readProgress } from '../../../src/providers/lxd/api/operation.ts'
import { readToken } from '../../../src/providers/lxd/api/trust.ts'
import { gib, mib, readSize } from '../../../src/providers/lxd/sizes.ts'

test('sizes are read in the units in which LXD writes them', () => {
  expect(readSize('2GiB', mib)).toBe(2_048)
  expect(readSize('2GB', mib)).toBe(1_907)
  expect(readSize('1073741824', gib)).toBe(1)
  expect(readSize('10B', gib)).toBe(1)
  expect(readSize('50%', mib)).toBeUndefined()
  expect(readSize('5 parsecs', mib)).toBeUndefined()
  expect(readSize(undefined, mib)).toBeUndefined()
})

test('the address of a system is one that others reach, IPv4 first', () => {
  const at = (family: string, address: string, scope: string) => ({ family, address, scope })
  const state = (network: Record<string, { hwaddr: string; addresses: ReturnType<typeof at>[] }>) => ({
    status: 'Running',
    pid: 1,
    network,
  })
  const lo = { hwaddr: '', addresses: [at('inet', '127.0.0.1', 'local')] }
  const link = at('inet6', 'fe80::1', 'link')
  const six = at('inet6', 'fd00::1', 'global')
  expect(addressOf(state({ lo }))).toBeUndefined()
  expect(addressOf(state({ lo, eth0: { hwaddr: '', addresses: [link] } }))).toBeUndefined()
  expect(addressOf(state({ lo, eth0: { hwaddr: '', addresses: [link, six] } }))).toBe('fd00::1')
  const eth1 = { hwaddr: '', addresses: [at('inet', '10.0.0.6', 'global')] }
  const eth0 = { hwaddr: '', addresses: [six, at('inet', '10.0.0.5', 'global')] }
  expect(addressOf(state({ eth1, eth0, lo }))).toBe('10.0.0.5')
  expect(addressOf({ status: 'Stopped', pid: 0, network: null })).toBeUndefined()
})

test('progress is read wherever a server puts it', () => {
  expect(readProgress({ download_progress: 'rootfs: 45% (3.11MB/s)' })).toEqual({
    stage: 'download',
    percent: 45,
  })
  expect(readProgress({ container_progress: 'Remapping container filesystem' })).toEqual({
    stage: 'container',
  })
  expect(readProgress({ container_progress: '', other: 3 })).toBeUndefined()
  expect(readProgress(null)).toBeUndefined()
})

test("a socket is where its users' variables say", () => {
  expect(findSocket({ LXD_SOCKET: '/a', INCUS_SOCKET: '/b' })).toBe('/b')
  expect(findSocket({ LXD_DIR: '/srv/lxd' })).toBe('/srv/lxd/unix.socket')
})

test('a server far away is proved in one way', () => {
  const server = { url: 'https://127.0.0.1:8443', cert: 'c', key: 'k' }
  const fingerprint = 'AB:'.repeat(31).concat('AB')
  expect(endpointSchema.parse({ ...server, fingerprint })).toMatchObject({ fingerprint: 'ab'.repeat(32) })
  expect(endpointSchema.safeParse(server).success).toBe(false)
  expect(endpointSchema.safeParse({ ...server, fingerprint, ca: 'pem' }).success).toBe(false)
  expect(endpointSchema.safeParse({ ...server, url: 'http://127.0.0.1', fingerprint }).success).toBe(false)
})

test('what is no token is refused', () => {
  expect(() => readToken('hello')).toThrow('no token')
  expect(() => readToken(Buffer.from('{}').toString('base64'))).toThrow('no token')
})

test('what others wrote on an instance tells nothing', () => {
  expect(readTold(undefined)).toBeUndefined()
  expect(readTold('{')).toBeUndefined()
  expect(readTold('{"id":"no system"}')).toBeUndefined()
})
