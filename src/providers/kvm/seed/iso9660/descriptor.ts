import { noDate, volumeDate } from './dates.ts'
import { type Extent, rootRecord } from './directory.ts'
import { type Alphabet, blockBytes, both16, both32 } from './fields.ts'

/** What a volume descriptor tells of the volume. Places are blocks. */
export interface Volume {
  readonly kind: 'primary' | 'joliet'
  readonly label: string
  readonly blocks: number
  readonly root: Extent
  readonly paths: { readonly bytes: number; readonly little: number; readonly big: number }
}

/** Says that the names of a supplementary volume are UCS-2, level 3. */
const jolietEscape = Buffer.from('%/E', 'latin1')
const application = 'RE-OPS'

/** The block that describes the volume, or Joliet's view of it. */
export function volumeDescriptor(volume: Volume, alphabet: Alphabet): Buffer {
  const joliet = volume.kind === 'joliet'
  const little = Buffer.alloc(8)
  little.writeUInt32LE(volume.paths.little)
  const big = Buffer.alloc(8)
  big.writeUInt32BE(volume.paths.big)
  const block = Buffer.concat([
    header(joliet ? 2 : 1),
    Buffer.alloc(1),
    alphabet.pad('', 32),
    alphabet.pad(volume.label, 32),
    Buffer.alloc(8),
    both32(volume.blocks),
    Buffer.concat([joliet ? jolietEscape : Buffer.alloc(0)], 32),
    // One volume of one, in blocks of the usual size.
    both16(1),
    both16(1),
    both16(blockBytes),
    both32(volume.paths.bytes),
    // Each path table's place is followed by that of a copy, of which there is none.
    little,
    big,
    rootRecord(volume.root),
    // The volume set, its publisher and who prepared the data.
    alphabet.pad('', 128 * 3),
    alphabet.pad(application, 128),
    // Names of files that hold the copyright, an abstract and a bibliography.
    alphabet.pad('', 37),
    alphabet.pad('', 37),
    alphabet.pad('', 37),
    volumeDate,
    volumeDate,
    noDate,
    noDate,
    Buffer.from([1]),
  ])
  return Buffer.concat([block], blockBytes)
}

/** The block that ends the list of descriptors. */
export function lastDescriptor(): Buffer {
  return Buffer.concat([header(255)], blockBytes)
}

function header(type: number): Buffer {
  return Buffer.concat([Buffer.from([type]), Buffer.from('CD001', 'latin1'), Buffer.from([1])])
}
