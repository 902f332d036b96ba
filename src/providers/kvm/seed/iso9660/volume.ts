import { lastDescriptor, volumeDescriptor } from './descriptor.ts'
import { type Entry, type Extent, pathTable, rootFolder } from './directory.ts'
import { ascii, blockBytes, blocksFor, ucs2 } from './fields.ts'
import { fileEntries, rootEntries, rootMode } from './rock-ridge.ts'

/** A file for the volume. `plain` is its name in the primary tree, without lower case. */
export interface VolumeFile {
  readonly name: string
  readonly plain: string
  readonly bytes: Uint8Array
}

/** The first blocks belong to whatever boots from a disc. */
const systemBlocks = 16
const descriptorBlocks = 3
const tableBlocks = 4

/**
 * As long as other programs make a disc at its end: who looks for a label reads ahead of it, and small readers (busybox
 * reads 68 KiB at once) find nothing on a device that ends sooner.
 */
const paddingBlocks = 150
const none = Buffer.alloc(0)

/**
 * Lays files out as an ISO 9660 volume with one folder: descriptors, path tables, the folder as the primary
 * tree (with Rock Ridge) and as Joliet have it, then the files. Both trees name the same extents.
 */
export function layVolume(label: string, files: readonly VolumeFile[]): Uint8Array {
  const tables = systemBlocks + descriptorBlocks
  const folders = tables + tableBlocks
  // A folder's size does not depend on where things lie, so a first pass measures it.
  const nowhere: Extent = { block: 0, bytes: 0 }
  const primaryBytes = primaryFolder(
    files,
    files.map(() => nowhere),
    nowhere,
  ).length
  const jolietBytes = jolietFolder(
    files,
    files.map(() => nowhere),
    nowhere,
  ).length
  const primary: Extent = { block: folders, bytes: primaryBytes }
  const joliet: Extent = { block: folders + blocksFor(primaryBytes), bytes: jolietBytes }
  const { extents, end: written } = place(files, joliet.block + blocksFor(jolietBytes))
  const end = written + paddingBlocks

  const primaryTable = { bytes: pathTable(primary, 'little').length, little: tables, big: tables + 1 }
  const jolietTable = { ...primaryTable, little: tables + 2, big: tables + 3 }
  return Buffer.concat([
    Buffer.alloc(systemBlocks * blockBytes),
    volumeDescriptor({ kind: 'primary', label, blocks: end, root: primary, paths: primaryTable }, ascii),
    volumeDescriptor({ kind: 'joliet', label, blocks: end, root: joliet, paths: jolietTable }, ucs2),
    lastDescriptor(),
    inBlocks(pathTable(primary, 'little')),
    inBlocks(pathTable(primary, 'big')),
    inBlocks(pathTable(joliet, 'little')),
    inBlocks(pathTable(joliet, 'big')),
    primaryFolder(files, extents, primary),
    jolietFolder(files, extents, joliet),
    ...files.map(file => inBlocks(file.bytes)),
    Buffer.alloc(paddingBlocks * blockBytes),
  ])
}

function primaryFolder(files: readonly VolumeFile[], extents: readonly Extent[], root: Extent): Buffer {
  const entries = entriesOf(files, extents, file => ({ name: file.plain, use: fileEntries(file.name) }))
  return rootFolder(entries, ascii, root, { own: rootEntries(), up: rootMode() })
}

function jolietFolder(files: readonly VolumeFile[], extents: readonly Extent[], root: Extent): Buffer {
  const entries = entriesOf(files, extents, file => ({ name: file.name, use: none }))
  return rootFolder(entries, ucs2, root, { own: none, up: none })
}

function entriesOf(
  files: readonly VolumeFile[],
  extents: readonly Extent[],
  view: (file: VolumeFile) => Omit<Entry, 'extent'>,
): Entry[] {
  return files.map((file, index) => ({ ...view(file), extent: extents[index]! }))
}

function place(files: readonly VolumeFile[], first: number): { extents: Extent[]; end: number } {
  let end = first
  const extents = files.map(({ bytes }) => {
    const extent = { block: end, bytes: bytes.length }
    end += blocksFor(bytes.length)
    return extent
  })
  return { extents, end }
}

function inBlocks(bytes: Uint8Array): Buffer {
  return Buffer.concat([bytes], blocksFor(bytes.length) * blockBytes)
}
