import { BadImage } from './bad-image.ts'

/** What header extensions say that concerns us. */
export interface Qcow2Extensions {
  readonly backingFormat?: string | undefined
  readonly dataFile?: string | undefined
}

const end = 0
const backingFormat = 0xe2792aca
const dataFile = 0x44415441
/** An image of QEMU's has five or so. */
const most = 64

/**
 * Reads the extensions that follow a qcow2 header: each a type, a length and as many bytes, padded to eight.
 * What we don't know is skipped, as the format allows. `cluster` is as much of the first cluster as was read;
 * where that ends, so does the list. Throws `BadImage` for one that reaches past the cluster's end.
 */
export function readExtensions(cluster: Buffer, from: number): Qcow2Extensions {
  let found: Qcow2Extensions = {}
  let at = from
  for (let count = 0; at + 8 <= cluster.length; count++) {
    const type = cluster.readUInt32BE(at)
    if (type === end) break
    const length = cluster.readUInt32BE(at + 4)
    const start = at + 8
    if (count >= most || start + length > cluster.length)
      throw new BadImage(
        'malformed',
        'the image is damaged: its header extensions have no end; fetch it again',
      )
    const text = () => cluster.toString('utf8', start, start + length)
    if (type === backingFormat) found = { ...found, backingFormat: text() }
    if (type === dataFile) found = { ...found, dataFile: text() }
    at = start + Math.ceil(length / 8) * 8
  }
  return found
}
