import { createHash } from 'node:crypto'
import { ReopsError } from '../../src/core/errors.ts'
import type { Clock } from '../../src/core/ports.ts'
import type { Limits } from './limits.ts'

/** What was put does not hold together: it is not what its key says, or its chunks do not fit each other. */
class UploadRefused extends ReopsError {
  override readonly name = 'UploadRefused'
}

/** So much is being uploaded that no more is held at once. */
class UploadsFull extends ReopsError {
  override readonly name = 'UploadsFull'
  override readonly retryable = true
}

export interface Chunk {
  readonly key: string
  readonly offset: number
  readonly total: number
  readonly bytes: Uint8Array
}

/** Data that is being uploaded, in memory until it is whole. Whoever uploads is apart from others, who can't spoil it. */
export interface Uploads {
  /**
   * Answers how many bytes are here, and the text once it is whole and what its key says. Throws `UploadRefused` and
   * `UploadsFull`.
   */
  add(who: string, chunk: Chunk): { readonly have: number; readonly text?: string }
  readonly count: number
  readonly bytes: number
}

interface Upload {
  readonly who: string
  readonly total: number
  readonly chunks: Uint8Array[]
  have: number
  /** The bytes that it counts for. */
  cost: number
  touched: number
}

/** Uploads that one submitter may have begun. */
const uploadsEach = 256
/** What a chunk counts for at least, so that many tiny ones don't take more than they seem to. */
const leastCost = 256

export function openUploads(clock: Clock, limits: Pick<Limits, 'uploadBytes' | 'uploadMs'>): Uploads {
  const open = new Map<string, Upload>()
  const costOf = (uploads: Iterable<Upload>) => [...uploads].reduce((sum, { cost }) => sum + cost, 0)

  const forgetOld = () => {
    const before = clock.now() - limits.uploadMs
    for (const [name, { touched }] of open) if (touched <= before) open.delete(name)
  }
  const requireRoom = (who: string, bytes: number, isNew: boolean) => {
    const theirs = [...open.values()].filter(upload => upload.who === who)
    if (isNew && theirs.length >= uploadsEach)
      throw new UploadsFull(`${who} has begun ${theirs.length} uploads; end some of them before the next`)
    const own = costOf(theirs)
    const all = costOf(open.values())
    // One who begins much and ends nothing is not to keep the others out.
    const most = own === all ? limits.uploadBytes : limits.uploadBytes / 2
    if (own + bytes <= most && all + bytes <= limits.uploadBytes) return
    throw new UploadsFull(
      `the bridge holds ${all} bytes that are not whole yet, ${own} of them of ${who}, and takes ${limits.uploadBytes} in all; put the rest in a moment`,
    )
  }

  return {
    add(who, { key, offset, total, bytes }) {
      forgetOld()
      if (total < 1 || total > limits.uploadBytes)
        throw new UploadRefused(`data of ${total} bytes is not taken; it is 1 to ${limits.uploadBytes}`)
      const name = `${who}\n${key}`
      const known = open.get(name)
      const upload = known ?? { who, total, chunks: [], have: 0, cost: 0, touched: clock.now() }
      if (upload.total !== total) {
        open.delete(name)
        throw new UploadRefused(`${key} had ${upload.total} bytes and has ${total} now; begin it again`)
      }
      // A chunk that came before, or comes too early, changes nothing; the answer says where to go on.
      if (offset !== upload.have) return { have: upload.have }
      if (bytes.length === 0 || upload.have + bytes.length > total) {
        open.delete(name)
        throw new UploadRefused(`a chunk of ${key} is empty or goes beyond its end; begin it again`)
      }
      const last = upload.have + bytes.length === total
      if (!last) requireRoom(who, Math.max(leastCost, bytes.length), known === undefined)
      upload.chunks.push(Uint8Array.from(bytes))
      upload.have += bytes.length
      upload.cost += Math.max(leastCost, bytes.length)
      upload.touched = clock.now()
      if (last) {
        open.delete(name)
        return { have: total, text: whole(key, upload.chunks) }
      }
      open.set(name, upload)
      return { have: upload.have }
    },
    get count() {
      return open.size
    },
    get bytes() {
      return [...open.values()].reduce((sum, { have }) => sum + have, 0)
    },
  }
}

/** The text of all chunks, if it is what the key says. */
function whole(key: string, chunks: readonly Uint8Array[]): string {
  const bytes = Buffer.concat(chunks)
  if (createHash('sha256').update(bytes).digest('hex') !== key)
    throw new UploadRefused(`what was put as ${key} is something else; begin it again`)
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch (cause) {
    throw new UploadRefused(`what was put as ${key} is no text in UTF-8`, { cause })
  }
}
