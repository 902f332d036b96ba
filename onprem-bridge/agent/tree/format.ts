import * as z from 'zod'

/**
 * How files travel: each entry is the length of its header in four bytes, the header as JSON, and the content of a file.
 * Paths are relative, by `/`; the empty path is the tree itself.
 */
export const entryHeader = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('folder'),
    path: z.string().max(4_096),
    mode: z.int().min(0),
    mtime: z.number().optional(),
  }),
  z.strictObject({
    kind: z.literal('file'),
    path: z.string().max(4_096),
    mode: z.int().min(0),
    size: z.int().min(0),
    mtime: z.number().optional(),
  }),
  z.strictObject({ kind: z.literal('link'), path: z.string().max(4_096), target: z.string().max(4_096) }),
])

export type EntryHeader = z.output<typeof entryHeader>

const longestHeader = 64 * 1024

/** The bytes that stand before an entry's content. */
export function frame(header: EntryHeader): Uint8Array {
  const json = Buffer.from(JSON.stringify(header))
  const length = Buffer.alloc(4)
  length.writeUInt32BE(json.length)
  return Buffer.concat([length, json])
}

/** An entry as it is read; its content has to be read before the next entry comes. */
export interface Entry {
  readonly header: EntryHeader
  readonly content: AsyncIterable<Uint8Array>
}

/** Reads entries. Throws for bytes that are none, and when they end within one. */
export async function* readEntries(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Entry> {
  const reader = bytesOf(bytes)
  for (;;) {
    const length = await reader.exactly(4, true)
    if (length === undefined) return
    const size = length.readUInt32BE()
    if (size > longestHeader) throw new Error('these bytes are no files: a header is too long')
    const header = entryHeader.parse(JSON.parse((await reader.exactly(size))!.toString('utf8')))
    yield { header, content: reader.some(header.kind === 'file' ? header.size : 0) }
  }
}

interface Reader {
  /** So many bytes, or nothing where it may end. */
  exactly(count: number, mayEnd?: boolean): Promise<Buffer | undefined>
  some(count: number): AsyncIterable<Uint8Array>
}

function bytesOf(source: AsyncIterable<Uint8Array>): Reader {
  const pieces = source[Symbol.asyncIterator]()
  let held: Buffer = Buffer.alloc(0)
  const more = async () => {
    const next = await pieces.next()
    if (next.done) return false
    held = held.length === 0 ? Buffer.from(next.value) : Buffer.concat([held, next.value])
    return true
  }
  const take = (count: number) => {
    const taken = held.subarray(0, count)
    held = held.subarray(count)
    return taken
  }
  return {
    async exactly(count, mayEnd = false) {
      while (held.length < count) {
        if (await more()) continue
        if (mayEnd && held.length === 0) return undefined
        throw new Error('the files ended in the middle of one')
      }
      return take(count)
    },
    async *some(count) {
      for (let left = count; left > 0; ) {
        if (held.length === 0 && !(await more())) throw new Error('the files ended in the middle of one')
        const part = take(Math.min(left, held.length))
        left -= part.length
        if (part.length > 0) yield part
      }
    },
  }
}

/** Whether a relative path stays where it is put: no `..`, no empty part, no NUL. */
export function staysInside(path: string): boolean {
  return (
    path === '' ||
    path.split('/').every(part => part !== '' && part !== '.' && part !== '..' && !part.includes('\0'))
  )
}
