import { randomBytes } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { readFile, stat } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  constants,
  type Libvirt,
  LibvirtConnectionLost,
  openLibvirt,
  type PoolRef,
  type VolumeRef,
} from '../../../../src/providers/kvm/rpc/index.ts'
import { canHypervise, type Hypervisor, openHypervisor } from '../../../lab/hypervisor/index.ts'

const MiB = 1024 * 1024

describe('streams of the daemon at hand', canHypervise(), () => {
  let iron: Hypervisor
  let libvirt: Libvirt
  let pool: PoolRef
  const opened: Libvirt[] = []
  const open = async (options: Partial<Parameters<typeof openLibvirt>[0]> = {}) => {
    const one = await openLibvirt({ uri: `qemu+unix:///system?socket=${iron.socket}`, ...options })
    opened.push(one)
    return one
  }
  beforeAll(async () => {
    iron = await openHypervisor({ poolMiB: 96 })
    // Where libvirt notes who has which console.
    await iron.exec(['mkdir', '-p', '/run/lock'])
    libvirt = await open()
    pool = (await libvirt.call('storagePoolLookupByName', { name: 'default' })).pool
  })
  afterAll(async () => {
    await Promise.all(opened.map(each => each.close()))
    await iron?.close()
  })
  const make = async (name: string, bytes: number): Promise<VolumeRef> => {
    const xml = `<volume><name>${name}</name><capacity>${bytes}</capacity><allocation>0</allocation></volume>`
    return (await libvirt.call('storageVolCreateXml', { pool, xml })).volume
  }
  const outside = (name: string) => iron.outside(`/var/lib/libvirt/images/${name}`)

  test('carry a volume there and back, byte for byte', async () => {
    const data = randomBytes(8 * MiB + 13)
    const volume = await make('whole.raw', data.length)
    const steps: number[] = []
    const pieces = [data.subarray(0, 1), data.subarray(1, 5 * MiB), data.subarray(5 * MiB)]
    const sent = await libvirt.upload(volume, pieces, { onProgress: bytes => steps.push(bytes) })
    expect(sent).toEqual({ bytes: data.length })
    expect(steps).toEqual([1, 5 * MiB, data.length])
    expect((await readFile(outside('whole.raw'))).equals(data)).toBe(true)
    expect(Buffer.concat(await (await libvirt.download(volume)).toArray()).equals(data)).toBe(true)
    const part = await libvirt.download(volume, { offset: 1_000, length: 500n })
    expect(Buffer.concat(await part.toArray()).equals(data.subarray(1_000, 1_500))).toBe(true)
  })

  test('write a part where it belongs, and an empty source as nothing', async () => {
    const volume = await make('part.raw', 1_000)
    await libvirt.upload(volume, [Buffer.from('here')], { offset: 500, length: 4 })
    expect((await readFile(outside('part.raw'))).subarray(498, 506).toString()).toBe('\0\0here\0\0')
    expect(await libvirt.upload(volume, [])).toEqual({ bytes: 0 })
  })

  test('come from a file, and leave room for calls beside them', async () => {
    const volume = await make('copy.raw', 8 * MiB + 13)
    const work = libvirt.upload(volume, createReadStream(outside('whole.raw')))
    const beside = await Promise.all(Array.from({ length: 20 }, () => libvirt.call('connectGetType', {})))
    expect(beside).toHaveLength(20)
    await work
    expect((await stat(outside('copy.raw'))).size).toBe(8 * MiB + 13)
  })

  test('of several volumes at once do not mix', async () => {
    const all = await Promise.all(
      [1, 2, 3].map(async digit => {
        const data = Buffer.alloc(3 * MiB, `${digit}`)
        const volume = await make(`side-${digit}.raw`, data.length)
        await libvirt.upload(volume, [data])
        return Buffer.concat(await (await libvirt.download(volume)).toArray()).equals(data)
      }),
    )
    expect(all).toEqual([true, true, true])
  })

  test('of a volume that is not there are refused', async () => {
    const volume = await make('small.raw', 1_000)
    const nowhere = { ...volume, name: 'nowhere.raw', key: '/nowhere' }
    await expect(libvirt.download(nowhere)).rejects.toMatchObject({ code: 'VIR_ERR_NO_STORAGE_VOL' })
    await expect(libvirt.upload(nowhere, [])).rejects.toMatchObject({ code: 'VIR_ERR_NO_STORAGE_VOL' })
  })

  test('into a pool that is full say so, and the connection lives', async () => {
    const volume = await make('large.raw', 200 * MiB)
    const source = function* () {
      for (let at = 0; at < 200; at++) yield Buffer.alloc(MiB, 1)
    }
    const error = await libvirt.upload(volume, source()).catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ name: 'LibvirtError', code: 'VIR_ERR_SYSTEM_ERROR' })
    expect(String(error)).toContain('No space left on device')
    await libvirt.call('storageVolDelete', { volume })
  })

  test('that are given up in the middle leave the connection and the daemon in order', async () => {
    const volume = await make('given-up.raw', 16 * MiB)
    const caller = new AbortController()
    const source = async function* () {
      yield Buffer.alloc(MiB)
      caller.abort(new Error('enough'))
      yield Buffer.alloc(MiB)
    }
    await expect(libvirt.upload(volume, source(), { signal: caller.signal })).rejects.toMatchObject({
      name: 'AbortError',
    })
    const half = await libvirt.download(volume)
    for await (const chunk of half) {
      expect(chunk.length).toBeGreaterThan(0)
      break
    }
    expect(half.destroyed).toBe(true)
    expect(await libvirt.call('connectGetType', {})).toEqual({ type: 'QEMU' })
    await libvirt.call('storageVolDelete', { volume })
  })

  test('whose reader rests hold little, and go on where they were', async () => {
    const own = await open({ keepalive: { interval: 50, count: 2 } })
    const volume = await make('slow.raw', 24 * MiB)
    const stream = await own.download(volume)
    stream.once('readable', () => undefined)
    await sleep(500)
    expect(own.open).toBe(true)
    expect(stream.readableLength).toBeLessThan(6 * MiB)
    let bytes = 0
    for await (const chunk of stream) bytes += chunk.length
    expect(bytes).toBe(24 * MiB)
    expect(await own.call('connectGetType', {})).toEqual({ type: 'QEMU' })
    await libvirt.call('storageVolDelete', { volume })
  })

  test('are a console, both ways, until the domain goes', async () => {
    const xml = `<domain type='qemu'><name>talker</name><memory unit='MiB'>32</memory><os><type arch='x86_64'>hvm</type><bios useserial='yes'/></os>
      <devices><console type='pty'/></devices></domain>`
    const { domain } = await libvirt.call('domainCreateXml', { xml, flags: constants.start.paused })
    const console = await libvirt.console(domain)
    let said = ''
    console.setEncoding('utf8').on('data', text => {
      said += text
    })
    await libvirt.call('domainResume', { domain })
    // Its firmware speaks on the serial line.
    await expect.poll(() => said, { timeout: 10_000 }).toContain('SeaBIOS')
    console.write('\r')
    await expect(libvirt.console(domain)).rejects.toMatchObject({ name: 'LibvirtError' })
    const ended = new Promise(resolve => console.once('end', resolve))
    await libvirt.call('domainDestroyFlags', { domain })
    await ended
    console.destroy()
    expect(await libvirt.call('connectGetType', {})).toEqual({ type: 'QEMU' })
  })

  test('and a console that we leave is free for the next', async () => {
    const xml = `<domain type='qemu'><name>left</name><memory unit='MiB'>32</memory><os><type arch='x86_64'>hvm</type></os>
      <devices><console type='pty'/></devices></domain>`
    const { domain } = await libvirt.call('domainCreateXml', { xml, flags: constants.start.paused })
    for (const leave of ['end', 'destroy'] as const) {
      const console = await libvirt.console(domain)
      const closed = new Promise(resolve => console.once('close', resolve))
      console.resume()[leave]()
      await closed
    }
    const again = await libvirt.console(domain)
    again.destroy()
    await libvirt.call('domainDestroyFlags', { domain })
  })

  test('and everything else fail by name when the daemon is killed', async () => {
    const own = await open()
    const volume = await make('lost.raw', 16 * MiB)
    const lost = new Promise(resolve => own.onClose(resolve))
    const source = async function* () {
      yield Buffer.alloc(MiB)
      await iron.kill()
      for (;;) {
        yield Buffer.alloc(MiB)
        await sleep(1)
      }
    }
    await expect(own.upload(volume, source())).rejects.toBeInstanceOf(LibvirtConnectionLost)
    expect(await lost).toBeInstanceOf(LibvirtConnectionLost)
    await iron.restart()
    const again = await open()
    expect((await again.call('connectListAllStoragePools', {})).pools).toHaveLength(1)
  })

  test('a daemon that is stopped in its tracks is found out by keepalive', async () => {
    const own = await open({ keepalive: { interval: 40, count: 3 } })
    await iron.freeze()
    try {
      const error = await own.call('connectGetType', {}).catch((thrown: unknown) => thrown)
      expect(error).toMatchObject({ name: 'LibvirtConnectionLost', carriedOut: 'unknown' })
      expect(String(error)).toContain('stopped answering')
      // Its socket still accepts.
      await expect(open({ timeout: 200 })).rejects.toMatchObject({ name: 'HostTrouble', code: 'unreachable' })
    } finally {
      await iron.thaw()
    }
    expect((await open()).open).toBe(true)
  })
})
