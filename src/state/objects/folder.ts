import { randomUUID } from 'node:crypto'
import { constants } from 'node:fs'
import { type FileHandle, mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises'
import path from 'node:path'
import { ReopsError } from '../../core/errors.ts'
import { bucketFolder, objectFile } from './place.ts'

/** There is no such object, or no such bucket. The messages are S3's. */
class ObjectMissing extends ReopsError {
  override readonly name = 'ObjectMissing'
}

/** Where an object is, and what to stop for. */
interface Request<A> {
  readonly arguments: A
  readonly signal: AbortSignal
}

/** One object of a listing. `size` is bytes, `modified` milliseconds since the epoch. */
interface Listed {
  readonly key: string
  readonly size: number
  readonly modified: number
  readonly etag: string
}

/** A folder that stands for S3. What it is asked for comes from a state machine, and so is checked here. */
export interface ObjectFolder {
  /** The bytes of the object at `Bucket` and `Key`, as they are read. */
  readObject(request: Request<unknown>): Promise<AsyncIterable<Uint8Array>>
  writeObject(
    request: Request<{ readonly Bucket: string; readonly Key: string; readonly Body: string }>,
  ): Promise<void>
  /** The objects of `Bucket` whose keys begin with `Prefix`, in the order of their keys. */
  listObjects(request: Request<unknown>): AsyncIterable<Listed>
}

/**
 * Opens a folder of buckets: `<folder>/<bucket>/<key>`, readable by its owner alone. Writing is by rename, so that a
 * reader sees an object as a whole or not at all. A bucket comes to be with its first object.
 */
export function openObjectFolder(folder: string): ObjectFolder {
  return {
    readObject: async ({ arguments: given, signal }) => {
      const { Bucket, Key } = texts(given)
      return contentOf(objectFile(folder, Bucket, Key), signal)
    },

    async writeObject({ arguments: { Bucket, Key, Body }, signal }) {
      const file = objectFile(folder, Bucket, Key)
      const drafts = path.join(folder, '.drafts')
      const draft = path.join(drafts, randomUUID())
      await mkdir(drafts, { recursive: true, mode: 0o700 })
      await mkdir(path.dirname(file), { recursive: true, mode: 0o700 })
      try {
        await writeDraft(draft, Body, signal)
        await rename(draft, file)
      } finally {
        await rm(draft, { force: true })
      }
    },

    async *listObjects({ arguments: given, signal }) {
      const { Bucket, Prefix } = texts(given)
      const bucket = bucketFolder(folder, Bucket)
      if (!(await stat(bucket).catch(missing))?.isDirectory())
        throw new ObjectMissing('The specified bucket does not exist')
      yield* list(bucket, '', Prefix, signal)
    },
  }
}

function texts(given: unknown): { readonly Bucket: string; readonly Key: string; readonly Prefix: string } {
  const { Bucket, Key, Prefix } = (given ?? {}) as Readonly<Record<string, unknown>>
  const text = (value: unknown) => (typeof value === 'string' ? value : '')
  return { Bucket: text(Bucket), Key: text(Key), Prefix: text(Prefix) }
}

async function openFile(file: string): Promise<FileHandle> {
  try {
    const handle = await open(file, constants.O_RDONLY | constants.O_NOFOLLOW)
    if ((await handle.stat()).isFile()) return handle
    await handle.close()
  } catch (error) {
    missing(error)
  }
  throw new ObjectMissing('The specified key does not exist.')
}

/** Opens the file once somebody reads it, so that it is closed again in any case. */
async function* contentOf(file: string, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  const handle = await openFile(file)
  try {
    for await (const chunk of handle.createReadStream({ autoClose: false, highWaterMark: 256 * 1024 })) {
      signal.throwIfAborted()
      yield chunk as Uint8Array
    }
  } finally {
    await handle.close()
  }
}

async function writeDraft(draft: string, body: string, signal: AbortSignal): Promise<void> {
  const handle = await open(draft, 'wx', 0o600)
  try {
    await handle.writeFile(body, { signal })
    // What a manifest names must be there after a power cut, too.
    await handle.sync()
  } finally {
    await handle.close()
  }
}

async function* list(
  folder: string,
  above: string,
  prefix: string,
  signal: AbortSignal,
): AsyncGenerator<Listed> {
  const entries = await readdir(folder, { withFileTypes: true })
  const keys = entries
    .filter(entry => entry.isFile() || entry.isDirectory())
    .map(entry => ({ name: entry.name, key: `${above}${entry.name}${entry.isDirectory() ? '/' : ''}` }))
    .sort((a, b) => Buffer.compare(Buffer.from(a.key), Buffer.from(b.key)))
  for (const { name, key } of keys) {
    signal.throwIfAborted()
    const here = path.join(folder, name)
    if (key.endsWith('/')) {
      if (key.startsWith(prefix) || prefix.startsWith(key)) yield* list(here, key, prefix, signal)
    } else if (key.startsWith(prefix)) {
      const found = await stat(here).catch(missing)
      if (found !== undefined) yield listed(key, found.size, found.mtimeMs)
    }
  }
}

function listed(key: string, size: number, mtimeMs: number): Listed {
  const modified = Math.trunc(mtimeMs)
  return { key, size, modified, etag: `${size.toString(16)}-${modified.toString(16)}` }
}

/** Anything but that there is no such file is an error. */
function missing(error: unknown): undefined {
  const { code } = error as { code?: unknown }
  if (code !== 'ENOENT' && code !== 'ENOTDIR' && code !== 'ELOOP') throw error
  return undefined
}
