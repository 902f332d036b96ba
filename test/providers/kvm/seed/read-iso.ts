/**
 * Reads a disc image from its bytes alone, by the standard and not by what writes it, so that a test can say
 * what a reader finds. It knows one folder, without subfolders.
 */

const block = 2048

export interface ReadVolume {
  readonly label: string
  readonly blocks: number
  /** What each tree holds, in the order in which it stands there. */
  readonly primary: readonly ReadFile[]
  readonly rockRidge: readonly ReadFile[]
  readonly joliet: readonly ReadFile[]
}

export interface ReadFile {
  readonly name: string
  readonly content: Buffer
  readonly mode?: number | undefined
}

interface Descriptor {
  readonly type: number
  readonly body: Buffer
}

export function readIso(image: Uint8Array): ReadVolume {
  const bytes = Buffer.from(image.buffer, image.byteOffset, image.byteLength)
  const descriptors = readDescriptors(bytes)
  const primary = descriptors.find(({ type }) => type === 1)!.body
  const joliet = descriptors.find(
    ({ type, body }) => type === 2 && body.toString('latin1', 88, 91) === '%/E',
  )!.body
  const plain = readFolder(bytes, primary)
  return {
    label: primary.toString('latin1', 40, 72).trimEnd(),
    blocks: same32(primary, 80),
    primary: plain.map(({ identifier, content }) => ({ name: identifier.toString('latin1'), content })),
    rockRidge: plain.map(({ content, use }) => ({
      name: use.get('NM')!.toString('latin1', 1),
      content,
      mode: same32(use.get('PX')!, 0),
    })),
    joliet: readFolder(bytes, joliet).map(({ identifier, content }) => ({
      name: Buffer.from(identifier).swap16().toString('utf16le'),
      content,
    })),
  }
}

function readDescriptors(bytes: Buffer): Descriptor[] {
  const found: Descriptor[] = []
  for (let at = 16 * block; ; at += block) {
    const body = bytes.subarray(at, at + block)
    if (body.toString('latin1', 1, 6) !== 'CD001') throw new Error(`no descriptor at ${at}`)
    if (body[0] === 255) return found
    found.push({ type: body[0]!, body })
  }
}

function readFolder(bytes: Buffer, descriptor: Buffer) {
  const root = descriptor.subarray(156, 190)
  const start = same32(root, 2) * block
  checkPathTables(bytes, descriptor, same32(root, 2))
  const folder = bytes.subarray(start, start + same32(root, 10))
  const files: { identifier: Buffer; content: Buffer; use: Map<string, Buffer> }[] = []
  for (let at = 0; at < folder.length; ) {
    const length = folder[at]!
    if (length === 0) {
      at = (Math.floor(at / block) + 1) * block
      continue
    }
    if (Math.floor(at / block) !== Math.floor((at + length - 1) / block)) throw new Error('a record crosses')
    const record = folder.subarray(at, at + length)
    at += length
    if ((record[25]! & 2) !== 0) continue
    const identifier = record.subarray(33, 33 + record[32]!)
    const area = record.subarray(33 + record[32]! + (record[32]! % 2 === 0 ? 1 : 0))
    const from = same32(record, 2) * block
    const size = same32(record, 10)
    if (from + size > bytes.length) throw new Error('a file lies outside')
    files.push({ identifier, content: bytes.subarray(from, from + size), use: systemUse(area) })
  }
  return files
}

function systemUse(area: Buffer): Map<string, Buffer> {
  const entries = new Map<string, Buffer>()
  for (let at = 0; at + 4 <= area.length; at += area[at + 2]!)
    entries.set(area.toString('latin1', at, at + 2), area.subarray(at + 4, at + area[at + 2]!))
  return entries
}

/** A number that stands in both byte orders says the same twice. */
function same32(bytes: Buffer, at: number): number {
  const little = bytes.readUInt32LE(at)
  if (bytes.readUInt32BE(at + 4) !== little) throw new Error(`two values at ${at}`)
  return little
}

function checkPathTables(bytes: Buffer, descriptor: Buffer, root: number): void {
  const little = bytes.readUInt32LE(descriptor.readUInt32LE(140) * block + 2)
  const big = bytes.readUInt32BE(descriptor.readUInt32BE(148) * block + 2)
  if (little !== root || big !== root || same32(descriptor, 132) !== 10) throw new Error('a path table lies')
}
