import { BadImage } from './bad-image.ts'
import { readExtensions } from './qcow2-extensions.ts'

/** What the header of a qcow2 image says. Sizes are bytes. */
export interface Qcow2Header {
  readonly format: 'qcow2'
  readonly version: 2 | 3
  readonly virtualSize: number
  readonly clusterSize: number
  /** The image that this one is a change of. Its name is whatever the image's maker wrote. */
  readonly backing?: { readonly file: string; readonly format?: string | undefined } | undefined
  readonly encryption: 'none' | 'aes' | 'luks' | 'unknown'
  readonly compression: 'zlib' | 'zstd'
  readonly snapshots: number
  /** It was not closed: reference counts may be wrong, or somebody writes to it now. */
  readonly dirty: boolean
  readonly corrupt: boolean
  /** The guest's data are in another file, whose name may be missing. */
  readonly dataFile?: { readonly name: string | undefined } | undefined
}

export const qcow2Magic = 'QFI\xfb'

const version2Bytes = 72
const version3Bytes = 104
/** QEMU opens no larger cluster. */
const clusterBits = { least: 9, most: 21, extended: 14 }
const mostBackingName = 1023
/** QEMU's own limit on the table of snapshots. */
const mostSnapshots = 65_536

const incompatible = { dirty: 1n, corrupt: 2n, dataFile: 4n, compression: 8n, extendedEntries: 16n }
const known = Object.values(incompatible).reduce((all, bit) => all | bit)
const encryptions = ['none', 'aes', 'luks'] as const

/**
 * Reads a qcow2 header (versions 2 and 3) from the beginning of an image. Throws `BadImage` for what no
 * image of the format says, and nothing else.
 */
export function readQcow2(head: Buffer): Qcow2Header {
  need(head, version2Bytes)
  const version = versionOf(head)
  const { length, features } = version === 2 ? { length: version2Bytes, features: 0n } : extended(head)
  const has = (bit: bigint) => (features & bit) !== 0n
  const unknown = features & ~known
  if (unknown !== 0n)
    throw new BadImage(
      'feature',
      `the image uses features (0x${unknown.toString(16)}) that are newer than this program; ` +
        'rewrite it with: qemu-img convert -O qcow2 <image> <new>.qcow2',
    )
  const bits = clusterBitsOf(head, has(incompatible.extendedEntries))
  const clusterSize = 2 ** bits
  const place = backingPlace(head, length, clusterSize)
  // Extensions end where the backing file's name begins; images of old have that name and none of them.
  const extensions = readExtensions(head.subarray(0, place?.from ?? clusterSize), length)
  const encryption = encryptions[head.readUInt32BE(32)] ?? 'unknown'
  const snapshots = head.readUInt32BE(60)
  if (snapshots > mostSnapshots) throw malformed(`${snapshots} snapshots`)
  const compression = version === 3 && length > version3Bytes ? head.readUInt8(version3Bytes) : 0
  if (compression > 1 || (compression === 1) !== has(incompatible.compression))
    throw malformed(`compression of type ${compression}`)
  return {
    format: 'qcow2',
    version,
    virtualSize: sizeOf(head.readBigUInt64BE(24)),
    clusterSize,
    ...(place === undefined
      ? {}
      : { backing: { file: head.toString('utf8', place.from, place.to), format: extensions.backingFormat } }),
    encryption,
    compression: compression === 1 ? 'zstd' : 'zlib',
    snapshots,
    dirty: has(incompatible.dirty),
    corrupt: has(incompatible.corrupt),
    ...(has(incompatible.dataFile) ? { dataFile: { name: extensions.dataFile } } : {}),
  }
}

function versionOf(head: Buffer): 2 | 3 {
  const version = head.readUInt32BE(4)
  if (version === 2 || version === 3) return version
  throw version === 1
    ? new BadImage(
        'format',
        'that is a qcow image of version 1; convert it with: qemu-img convert -f qcow -O qcow2 <image> <new>.qcow2',
        { format: 'qcow' },
      )
    : new BadImage('format', `that is a qcow2 image of version ${version}, and we know versions 2 and 3`)
}

function extended(head: Buffer): { length: number; features: bigint } {
  need(head, version3Bytes)
  const length = head.readUInt32BE(100)
  if (length < version3Bytes || length % 8 !== 0) throw malformed(`a header of ${length} bytes`)
  need(head, length)
  return { length, features: head.readBigUInt64BE(72) }
}

function clusterBitsOf(head: Buffer, extendedEntries: boolean): number {
  const bits = head.readUInt32BE(20)
  const least = extendedEntries ? clusterBits.extended : clusterBits.least
  if (bits < least || bits > clusterBits.most) throw malformed(`clusters of 2^${bits} bytes`)
  return bits
}

/** The name stands in the first cluster, behind the header, without an end mark. */
function backingPlace(
  head: Buffer,
  length: number,
  clusterSize: number,
): { from: number; to: number } | undefined {
  const offset = head.readBigUInt64BE(8)
  if (offset === 0n) return undefined
  const size = head.readUInt32BE(16)
  const end = offset + BigInt(size)
  if (size === 0 || size > mostBackingName) throw malformed(`a backing file's name of ${size} bytes`)
  if (offset < BigInt(length) || end > BigInt(clusterSize))
    throw malformed("a backing file's name outside its first cluster")
  need(head, Number(end))
  return { from: Number(offset), to: Number(end) }
}

function sizeOf(size: bigint): number {
  if (size > BigInt(Number.MAX_SAFE_INTEGER)) throw malformed(`a disk of ${size} bytes`)
  return Number(size)
}

function need(head: Buffer, bytes: number): void {
  if (head.length < bytes)
    throw new BadImage(
      'malformed',
      `the image is cut short: its header needs ${bytes} bytes, ${head.length} are there`,
    )
}

function malformed(what: string): BadImage {
  return new BadImage('malformed', `the image is damaged: its header tells of ${what}; fetch it again`)
}
