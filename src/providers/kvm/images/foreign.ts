import { BadImage } from './bad-image.ts'
import type { Window } from './window.ts'

/** A format that is not ours, and how it is told. */
interface Foreign {
  readonly name: string
  readonly is: (window: Window) => boolean
  readonly refuse: (name: string) => BadImage
}

const at = (offset: number, bytes: string) => (window: Window) =>
  window.head.toString('latin1', offset, offset + bytes.length) === bytes
const atEnd = (bytes: string) => (window: Window) =>
  window.tail.length === 512 && window.tail.toString('latin1', 0, bytes.length) === bytes
const either =
  (...tests: readonly Foreign['is'][]): Foreign['is'] =>
  window =>
    tests.some(test => test(window))

const convert = (format: string) => (name: string) =>
  new BadImage(
    'format',
    `that is a ${name} image; convert it with: qemu-img convert -f ${format} -O qcow2 <image> <new>.qcow2`,
    { format },
  )
const unpack = (command: string) => (name: string) =>
  new BadImage('packed', `that is packed with ${name}; unpack it with: ${command}`)
const other = (reason: 'format' | 'encrypted', advice: string) => (name: string) =>
  new BadImage(reason, `that is ${name}; ${advice}`)

/** Some of these hold a partition table too, so they are looked for before a raw disk is. */
const foreign: readonly Foreign[] = [
  {
    name: 'VMDK',
    is: either(at(0, 'KDMV'), at(0, 'COWD'), at(0, '# Disk Descriptor')),
    refuse: convert('vmdk'),
  },
  { name: 'VDI', is: at(0x40, '\x7f\x10\xda\xbe'), refuse: convert('vdi') },
  { name: 'VHDX', is: at(0, 'vhdxfile'), refuse: convert('vhdx') },
  { name: 'VHD', is: either(at(0, 'conectix'), atEnd('conectix')), refuse: convert('vpc') },
  { name: 'QED', is: at(0, 'QED\0'), refuse: convert('qed') },
  {
    name: 'Parallels',
    is: either(at(0, 'WithoutFreeSpace'), at(0, 'WithouFreSpacExt')),
    refuse: convert('parallels'),
  },
  { name: 'DMG', is: atEnd('koly'), refuse: convert('dmg') },
  { name: 'gzip', is: at(0, '\x1f\x8b'), refuse: unpack('gunzip <image>') },
  { name: 'xz', is: at(0, '\xfd7zXZ\0'), refuse: unpack('unxz <image>') },
  { name: 'zstd', is: at(0, '\x28\xb5\x2f\xfd'), refuse: unpack('unzstd <image>') },
  { name: 'bzip2', is: at(0, 'BZh'), refuse: unpack('bunzip2 <image>') },
  { name: 'zip', is: at(0, 'PK\x03\x04'), refuse: unpack('unzip <image>') },
  { name: '7-Zip', is: at(0, '7z\xbc\xaf\x27\x1c'), refuse: unpack('7zz x <image>') },
  { name: 'tar (an OVA is one)', is: at(257, 'ustar'), refuse: unpack('tar -xf <image>') },
  {
    name: 'a LUKS container',
    is: at(0, 'LUKS\xba\xbe'),
    refuse: other('encrypted', 'a template is not encrypted, since no clone would have its key'),
  },
  {
    name: 'a disc (ISO 9660), such as an installer',
    is: at(32_769, 'CD001'),
    refuse: other('format', 'a template is the disk of an installed system: look for a cloud image'),
  },
  {
    name: 'a page of a web site',
    is: window => /^\s*<(!doctype|html|\?xml)/i.test(window.head.toString('latin1', 0, 256)),
    refuse: other('format', 'its address leads to a page that links the image, or to an error'),
  },
]

/** Throws `BadImage` for a format that we know and don't take; it says how to get one that we do. */
export function refuseForeign(window: Window): void {
  const found = foreign.find(({ is }) => is(window))
  if (found) throw found.refuse(found.name)
}
