import { execFileSync } from 'node:child_process'
import { mkdtemp, rm, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { readImageHeader } from '../../../../src/providers/kvm/images/header.ts'
import { requireTemplate } from '../../../../src/providers/kvm/images/template.ts'
import { needs } from '../../../support/needs.ts'
import { bootRecord, qcow2 } from './images.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'reops-images-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

const qemu = (...args: string[]) => execFileSync('qemu-img', args, { cwd: folder, encoding: 'utf8' })
const refused = (reason: string, message: string | RegExp) =>
  expect.objectContaining({
    name: 'BadImage',
    reason,
    message: typeof message === 'string' ? expect.stringContaining(message) : expect.stringMatching(message),
  })

describe('what QEMU makes', needs('qemu-img'), () => {
  test.each([
    ['version 2', ['compat=0.10'], { version: 2, clusterSize: 65_536 }],
    ['version 3', ['compat=1.1'], { version: 3, clusterSize: 65_536, compression: 'zlib' }],
    ['small clusters', ['cluster_size=512'], { clusterSize: 512 }],
    ['large clusters', ['cluster_size=2M'], { clusterSize: 2 * 1024 ** 2 }],
    ['subclusters', ['extended_l2=on'], { clusterSize: 65_536 }],
    ['zstd', ['compression_type=zstd'], { compression: 'zstd' }],
  ])('is read: %s', async (name, options, expected) => {
    qemu('create', '-q', '-f', 'qcow2', '-o', options.join(','), `${name}.img`, '20M')
    const header = await readImageHeader(join(folder, `${name}.img`))
    expect(header).toMatchObject({
      format: 'qcow2',
      virtualSize: 20 * 1024 ** 2,
      encryption: 'none',
      dirty: false,
      corrupt: false,
      snapshots: 0,
      ...expected,
    })
    expect(() => requireTemplate(header)).not.toThrow()
  })

  test('says which image another one is a change of, and makes no template of it unless asked', async () => {
    qemu('create', '-q', '-f', 'qcow2', 'base.qcow2', '10M')
    qemu('create', '-q', '-f', 'qcow2', '-b', 'base.qcow2', '-F', 'qcow2', 'change.qcow2')
    const header = await readImageHeader(join(folder, 'change.qcow2'))
    expect(header).toMatchObject({
      backing: { file: 'base.qcow2', format: 'qcow2' },
      virtualSize: 10 * 1024 ** 2,
    })
    expect(() => requireTemplate(header)).toThrow(refused('backing', 'base.qcow2'))
    expect(() => requireTemplate(header, { backing: true })).not.toThrow()
  })

  test('makes no template of what keeps its data elsewhere', async () => {
    qemu('create', '-q', '-f', 'qcow2', '-o', 'data_file=data.raw', 'outside.qcow2', '10M')
    const outside = await readImageHeader(join(folder, 'outside.qcow2'))
    expect(outside).toMatchObject({ dataFile: { name: 'data.raw' } })
    expect(() => requireTemplate(outside)).toThrow(refused('backing', 'data.raw'))
  })

  test('counts snapshots', async () => {
    qemu('create', '-q', '-f', 'qcow2', 'kept.qcow2', '10M')
    qemu('snapshot', '-c', 'first', 'kept.qcow2')
    expect(await readImageHeader(join(folder, 'kept.qcow2'))).toMatchObject({ snapshots: 1 })
  })

  test.each(['vmdk', 'vdi', 'vhdx', 'vpc', 'qcow', 'qed', 'parallels'])('is refused: %s', async format => {
    qemu('create', '-q', '-f', format, `other.${format}`, '10M')
    await expect(readImageHeader(join(folder, `other.${format}`))).rejects.toThrow(
      refused('format', `qemu-img convert -f ${format} -O qcow2`),
    )
  })

  test('is refused although it ends as what it is: a fixed VHD', async () => {
    qemu('create', '-q', '-f', 'vpc', '-o', 'subformat=fixed', 'fixed.vhd', '1M')
    await expect(readImageHeader(join(folder, 'fixed.vhd'))).rejects.toThrow(refused('format', '-f vpc'))
  })

  test('is told from a raw disk', async () => {
    const disk = join(folder, 'disk.raw')
    await writeFile(disk, bootRecord)
    await truncate(disk, 5 * 1024 ** 2)
    expect(await readImageHeader(disk)).toEqual({ format: 'raw', virtualSize: 5 * 1024 ** 2 })
    qemu('convert', '-f', 'raw', '-O', 'qcow2', 'disk.raw', 'disk.qcow2')
    expect(await readImageHeader(join(folder, 'disk.qcow2'))).toMatchObject({ virtualSize: 5 * 1024 ** 2 })
  })
})

describe('a raw disk', () => {
  test('has a partition table, unless the caller knows better', async () => {
    const blank = new Uint8Array(1024)
    await expect(readImageHeader(blank)).rejects.toThrow(refused('format', 'say so: format raw'))
    expect(await readImageHeader(blank, { format: 'raw' })).toEqual({ format: 'raw' })
    await expect(readImageHeader(qcow2({ version: 1 }), { format: 'raw' })).rejects.toThrow('version 1')
  })

  test('has whole sectors', async () => {
    const odd = join(folder, 'odd.raw')
    await writeFile(odd, bootRecord)
    await truncate(odd, 1000)
    await expect(readImageHeader(odd)).rejects.toThrow(refused('malformed', '1000 bytes'))
  })
})

describe('readImageHeader refuses', () => {
  const at = (offset: number, text: string) => {
    const bytes = Buffer.alloc(40_000)
    bytes.writeUInt16LE(0xaa55, 510)
    bytes.write(text, offset, 'latin1')
    return bytes
  }
  test.each([
    ['gzip', at(0, '\x1f\x8b'), 'packed', 'gunzip'],
    ['xz', at(0, '\xfd7zXZ\0'), 'packed', 'unxz'],
    ['zstd', at(0, '\x28\xb5\x2f\xfd'), 'packed', 'unzstd'],
    ['bzip2', at(0, 'BZh9'), 'packed', 'bunzip2'],
    ['zip', at(0, 'PK\x03\x04'), 'packed', 'unzip'],
    ['an OVA', at(257, 'ustar'), 'packed', 'OVA'],
    ['LUKS', at(0, 'LUKS\xba\xbe'), 'encrypted', 'LUKS'],
    ['an installer that boots from disks too', at(32_769, 'CD001'), 'format', 'cloud image'],
    ['a web page', at(0, '\n<!DOCTYPE html>'), 'format', 'page of a web site'],
    ['nothing', Buffer.alloc(0), 'malformed', 'empty'],
    ['a header cut short', qcow2().subarray(0, 71), 'malformed', 'needs 72 bytes, 71'],
    ['a header of version 3 cut short', qcow2().subarray(0, 103), 'malformed', 'needs 104 bytes'],
    ['a later version', qcow2({ version: 4 }), 'format', 'version 4'],
    ['features that we do not know', qcow2({ features: 0x20n }), 'feature', '0x20'],
    ['tiny clusters', qcow2({ clusterBits: 8 }), 'malformed', '2^8'],
    ['huge clusters', qcow2({ clusterBits: 4_000_000_000 }), 'malformed', '2^4000000000'],
    ['small clusters with subclusters', qcow2({ clusterBits: 13, features: 16n }), 'malformed', '2^13'],
    ['a disk of no bytes', qcow2({ size: 0n }), 'malformed', 'without any bytes'],
    ['a disk that is too large', qcow2({ size: 2n ** 50n }), 'too-large', 'at most'],
    ['a disk past all numbers', qcow2({ size: 2n ** 63n }), 'malformed', 'a disk of'],
    ['a header of odd length', qcow2({ headerLength: 105 }), 'malformed', 'a header of 105'],
    ['a header without end', qcow2({ headerLength: 2 ** 31 }), 'malformed', 'cut short'],
    ['a backing name in the header', qcow2({ backing: { offset: 80n, size: 4 } }), 'malformed', 'outside'],
    ['one past the cluster', qcow2({ backing: { offset: 65_530n, size: 40 } }), 'malformed', 'outside'],
    ['one far away', qcow2({ backing: { offset: 2n ** 63n, size: 40 } }), 'malformed', 'outside'],
    ['one too long', qcow2({ backing: { offset: 200n, size: 1024 } }), 'malformed', '1024 bytes'],
    ['one of no bytes', qcow2({ backing: { offset: 200n, size: 0 } }), 'malformed', 'of 0 bytes'],
    ['compression that does not fit', qcow2({ compression: 1 }), 'malformed', 'compression'],
    ['too many snapshots', qcow2({ snapshots: 65_537 }), 'malformed', '65537 snapshots'],
    ['an extension without end', qcow2({ extension: { type: 1, length: 2 ** 31 } }), 'malformed', 'no end'],
  ])('%s', async (_, bytes, reason, message) => {
    await expect(readImageHeader(bytes)).rejects.toThrow(refused(reason, message))
  })

  test.each([
    ['dirty', 1n, 'not closed'],
    ['corrupt', 2n, 'marked as damaged'],
  ])('no header of an image that is %s, but its use as a template', async (_, features, message) => {
    const header = await readImageHeader(qcow2({ features }))
    expect(() => requireTemplate(header)).toThrow(refused('damaged', message))
  })

  test.each([
    [1, 'aes'],
    [2, 'luks'],
    [3, 'unknown'],
  ])(
    'no header of an image that is encrypted by method %d, but its use as a template',
    async (method, name) => {
      const header = await readImageHeader(qcow2({ encryption: method }))
      expect(header).toMatchObject({ encryption: name })
      expect(() => requireTemplate(header)).toThrow(refused('encrypted', 'no clone of it'))
    },
  )

  test('to print what a stranger wrote as it is', async () => {
    const header = await readImageHeader(
      qcow2({ backing: { offset: 200n, size: 9 }, name: '/a\x1b[2J\n\x9b' }),
    )
    expect(() => requireTemplate(header)).toThrow('("/a [2J ")')
  })
})
