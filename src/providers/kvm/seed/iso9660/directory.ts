import { recordDate } from './dates.ts'
import { type Alphabet, blockBytes, both16, both32 } from './fields.ts'

/** Where something lies in the volume: its first block, and its size in bytes. */
export interface Extent {
  readonly block: number
  readonly bytes: number
}

/** A file as one tree of the volume names it. `use` is its System Use area. */
export interface Entry {
  readonly name: string
  readonly extent: Extent
  readonly use: Buffer
}

/** The names of a folder for itself and for its parent. */
const self = Buffer.from([0])
const parent = Buffer.from([1])
const folderFlag = 2

/** The root's own record, as a volume descriptor holds it. */
export function rootRecord(root: Extent): Buffer {
  return record(self, root, folderFlag, Buffer.alloc(0))
}

/**
 * The records of a root folder that holds files alone, in the order that the format wants. No record crosses
 * a block. `own` and `up` are the System Use areas of the folder's first two records.
 */
export function rootFolder(
  files: readonly Entry[],
  alphabet: Alphabet,
  root: Extent,
  use: { readonly own: Buffer; readonly up: Buffer },
): Buffer {
  const version = alphabet.encode(';1')
  const records = [record(self, root, folderFlag, use.own), record(parent, root, folderFlag, use.up)]
  const byName = files
    .map(file => ({ ...file, spelled: alphabet.encode(file.name) }))
    .toSorted((a, b) => a.spelled.compare(b.spelled))
  for (const { spelled, extent, use: area } of byName)
    records.push(record(Buffer.concat([spelled, version]), extent, 0, area))
  return inBlocks(records)
}

/** The one path of such a volume, for readers that look folders up there. */
export function pathTable(root: Extent, order: 'little' | 'big'): Buffer {
  const table = Buffer.alloc(10)
  table.writeUInt8(1, 0)
  if (order === 'little') {
    table.writeUInt32LE(root.block, 2)
    table.writeUInt16LE(1, 6)
  } else {
    table.writeUInt32BE(root.block, 2)
    table.writeUInt16BE(1, 6)
  }
  return table
}

function record(identifier: Buffer, extent: Extent, flags: number, use: Buffer): Buffer {
  const padding = Buffer.alloc(identifier.length % 2 === 0 ? 1 : 0)
  const body = Buffer.concat([
    both32(extent.block),
    both32(extent.bytes),
    recordDate,
    // Flags, then the sizes of an interleaving that is not used.
    Buffer.from([flags, 0, 0]),
    both16(1),
    Buffer.from([identifier.length]),
    identifier,
    padding,
    use,
  ])
  // The length itself and that of an extended attribute come first; a record has an even length.
  const length = 2 + body.length + (body.length % 2)
  return Buffer.concat([Buffer.from([length, 0]), body], length)
}

function inBlocks(records: readonly Buffer[]): Buffer {
  const blocks: Buffer[][] = [[]]
  let used = 0
  for (const one of records) {
    if (used + one.length > blockBytes) {
      blocks.push([])
      used = 0
    }
    blocks.at(-1)?.push(one)
    used += one.length
  }
  return Buffer.concat(blocks.map(block => Buffer.concat(block, blockBytes)))
}
