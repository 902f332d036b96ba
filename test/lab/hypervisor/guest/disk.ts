import { existsSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { command } from '../command.ts'

const mib = 1 << 20
const sector = 512
/** Where partitions begin: after the master boot record, aligned as every tool does it. */
const start = mib
const bootMiB = 64
const rootMiB = 512

/** What the kernel is told: the console, and to leave out what only costs time under emulation. */
const kernelArguments = [
  ...['console=ttyS0', 'quiet', 'loglevel=3', 'panic=5'],
  ...['mitigations=off', 'nokaslr', 'no_timer_check', 'tsc=reliable', 'random.trust_cpu=on', 'audit=0'],
]

/** syslinux's first stage; the package has it in one of these places. */
const masterBootRecords = [
  '/usr/lib/syslinux/mbr/mbr.bin',
  '/usr/lib/SYSLINUX/mbr.bin',
  '/usr/lib/syslinux/mbr.bin',
]

export interface DiskParts {
  /** A folder to work in. */
  readonly folder: string
  readonly kernel: string
  readonly initramfs: string
  /** The folder whose content becomes the root file system. */
  readonly root: string
}

/** Makes a disk that a BIOS starts from: syslinux and the kernel on FAT, and a root file system beside it. */
export async function makeDisk(parts: DiskParts, qcow2: string): Promise<void> {
  const raw = path.join(parts.folder, 'disk.raw')
  const at = (name: string) => path.join(parts.folder, name)
  await makeBoot(at('boot.fat'), parts)
  await command([
    'mke2fs',
    '-q',
    '-t',
    'ext4',
    '-L',
    'reops-root',
    '-E',
    'lazy_itable_init=0,lazy_journal_init=0',
    '-N',
    '8192',
    '-d',
    parts.root,
    at('root.ext4'),
    `${rootMiB}M`,
  ])
  await writeFile(raw, await masterBootRecord())
  await command(['truncate', '-s', `${start / mib + bootMiB + rootMiB}M`, raw])
  const into = [`of=${raw}`, 'bs=1M', 'conv=notrunc,sparse', 'status=none']
  await command(['dd', `if=${at('boot.fat')}`, ...into, `seek=${start / mib}`])
  await command(['dd', `if=${at('root.ext4')}`, ...into, `seek=${start / mib + bootMiB}`])
  await command(['qemu-img', 'convert', '-f', 'raw', '-O', 'qcow2', raw, qcow2])
}

async function makeBoot(fat: string, { folder, kernel, initramfs }: DiskParts): Promise<void> {
  const menu = path.join(folder, 'syslinux.cfg')
  const label = ['LABEL linux', 'LINUX /vmlinuz', 'INITRD /initramfs', `APPEND ${kernelArguments.join(' ')}`]
  await writeFile(menu, `${['DEFAULT linux', 'PROMPT 0', ...label].join('\n')}\n`)
  await command(['truncate', '-s', `${bootMiB}M`, fat])
  await command(['mformat', '-i', fat, '-v', 'BOOT', '-H', `${start / sector}`, '::'])
  const copies = [
    [menu, 'syslinux.cfg'],
    [kernel, 'vmlinuz'],
    [initramfs, 'initramfs'],
  ]
  for (const [from = '', to] of copies) await command(['mcopy', '-i', fat, from, `::${to}`])
  await command(['syslinux', '--install', fat])
}

/** The boot code, and a table of two partitions of which the first is active. */
async function masterBootRecord(): Promise<Buffer> {
  const record = Buffer.alloc(sector)
  const place = masterBootRecords.find(existsSync)
  if (place === undefined) throw new Error(`syslinux's mbr.bin is at none of ${masterBootRecords.join(', ')}`)
  const code = await readFile(place)
  code.copy(record, 0, 0, 440)
  const entry = (index: number, active: boolean, type: number, from: number, length: number) => {
    const position = 446 + 16 * index
    record.writeUInt8(active ? 0x80 : 0, position)
    // Cylinders, heads and sectors as it says who doesn't have any: the linear numbers count.
    record.set([0xfe, 0xff, 0xff, type, 0xfe, 0xff, 0xff], position + 1)
    record.writeUInt32LE(from / sector, position + 8)
    record.writeUInt32LE(length / sector, position + 12)
  }
  entry(0, true, 0x0e, start, bootMiB * mib)
  entry(1, false, 0x83, start + bootMiB * mib, rootMiB * mib)
  record.writeUInt16LE(0xaa55, 510)
  return record
}
