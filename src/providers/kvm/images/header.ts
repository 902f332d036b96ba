import { BadImage } from './bad-image.ts'
import { refuseForeign } from './foreign.ts'
import { type Qcow2Header, qcow2Magic, readQcow2 } from './qcow2.ts'
import { openWindow, type Window, windowOf } from './window.ts'

/** A disk as it is, byte for byte. `virtualSize` is missing where only its beginning was at hand. */
export interface RawHeader {
  readonly format: 'raw'
  readonly virtualSize?: number | undefined
}

export type ImageHeader = Qcow2Header | RawHeader

export interface ImageHeaderOptions {
  /** Takes what has no partition table for a raw disk too. Formats that we know are never taken for one. */
  readonly format?: 'raw' | undefined
  /** The largest disk that a guest may see, in bytes; 16 TiB when left out. */
  readonly mostBytes?: number | undefined
}

const mostBytes = 16 * 1024 ** 4
const sector = 512

/**
 * Says what a disk image is by its first 64 KiB: a file's by its path, or bytes at hand. Nothing of it is
 * believed but what was checked; whether a template may be made of it is `requireTemplate`'s to say.
 *
 * Throws `BadImage` for what is neither qcow2 nor a raw disk, naming the way to convert it, and for a header
 * that is damaged or tells of too large a disk. Errors of the file system are passed on.
 *
 * @example
 * await readImageHeader('debian-12.qcow2')
 */
export async function readImageHeader(
  source: string | Uint8Array,
  options: ImageHeaderOptions = {},
): Promise<ImageHeader> {
  const header = headerOf(typeof source === 'string' ? await openWindow(source) : windowOf(source), options)
  const limit = options.mostBytes ?? mostBytes
  const size = header.virtualSize
  if (size === 0) throw new BadImage('malformed', 'the image is of a disk without any bytes')
  if (size !== undefined && size > limit)
    throw new BadImage('too-large', `the image is of a disk of ${size} bytes, and at most ${limit} are taken`)
  return header
}

function headerOf(window: Window, { format }: ImageHeaderOptions): ImageHeader {
  if (window.head.length === 0) throw new BadImage('malformed', 'the image is empty; fetch it again')
  if (window.head.toString('latin1', 0, 4) === qcow2Magic) return readQcow2(window.head)
  refuseForeign(window)
  if (format !== 'raw' && !hasPartitions(window))
    throw new BadImage(
      'format',
      'that is neither a qcow2 image nor a raw disk with a partition table; if it is a raw disk, say so: format raw',
    )
  const { size } = window
  if (size !== undefined && size % sector !== 0)
    throw new BadImage(
      'malformed',
      `a raw disk has whole sectors of ${sector} bytes, and this has ${size} bytes`,
    )
  return size === undefined ? { format: 'raw' } : { format: 'raw', virtualSize: size }
}

/** GPT keeps a master boot record in front of it, so one mark tells of both. */
function hasPartitions({ head }: Window): boolean {
  return head.length >= sector && head.readUInt16LE(510) === 0xaa55
}
