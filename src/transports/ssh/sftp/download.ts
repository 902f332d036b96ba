import { randomBytes } from 'node:crypto'
import { chmod, lstat, mkdir, open, rename, rm, stat } from 'node:fs/promises'
import path from 'node:path'
import type { Stats } from 'ssh2'
import { errnoOf } from '../trouble.ts'
import { FileError, locally } from './errors.ts'
import { chunkSize, forEachFile, inChunks } from './pipeline.ts'
import type { Transfer } from './transfer.ts'
import { remotePath } from './upload.ts'

interface Plan {
  readonly folders: { readonly local: string; readonly mode: number }[]
  readonly files: { readonly remote: string; readonly local: string }[]
}

/** A host that lists more than this, or nests deeper, is broken or means ill. */
const mostEntries = 1_000_000
const deepest = 200

/** A file that says it is empty may be one of the kernel's, whose size nobody knows before reading. */
const mostOfUnknownSize = 64 * 1_024 * 1_024

/**
 * Downloads a file, or what is in a folder, keeping permission bits. A file is written under a temporary name
 * and then put in its place at once. Whatever the host calls its files, nothing is written outside `local`: a
 * name that is more than a name is refused, and so is a link that stands in the way here. Links on the host to
 * files count as those files; a link to a folder, and what is neither file nor folder, is refused.
 */
export async function download(transfer: Transfer, remote: string, local: string): Promise<void> {
  const from = remotePath(remote)
  const source = await transfer.files.stat(from)
  if (!source.isDirectory()) {
    if (!source.isFile()) throw new FileError(`${remote} on the host is neither a file nor a folder`)
    await downloadFile(transfer, from, await fileTarget(local, path.posix.basename(from)))
    return
  }
  const plan: Plan = { folders: [], files: [] }
  await scan(transfer, { remote: from, local, stats: source }, plan, 0)
  for (const folder of plan.folders) await makeFolder(folder.local, folder.mode, folder.local === local)
  await forEachFile(plan.files, file => downloadFile(transfer, file.remote, file.local))
  for (const folder of plan.folders.toReversed())
    await locally('set the permissions of', folder.local, () => chmod(folder.local, folder.mode))
}

async function fileTarget(local: string, name: string): Promise<string> {
  const inside = path.join(local, safeName(name, local))
  if (local.endsWith(path.sep)) return inside
  try {
    return (await stat(local)).isDirectory() ? inside : local
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return local
    throw error
  }
}

/** A name that a host gave: it must name something in its folder, and nothing else. */
function safeName(name: string, folder: string): string {
  if (
    name !== '' &&
    name !== '.' &&
    name !== '..' &&
    !name.includes('/') &&
    !name.includes('\0') &&
    !name.includes(path.sep)
  )
    return name
  throw new FileError(
    `the host names a file ${JSON.stringify(name)} in ${folder}, which would lead out of it; nothing of it was written`,
  )
}

interface RemoteFolder {
  readonly remote: string
  readonly local: string
  readonly stats: Stats
}

async function scan(transfer: Transfer, folder: RemoteFolder, plan: Plan, depth: number): Promise<void> {
  if (depth > deepest)
    throw new FileError(`${folder.remote} on the host is nested more than ${deepest} folders deep`)
  plan.folders.push({ local: folder.local, mode: folder.stats.mode & 0o777 })
  for await (const batch of transfer.files.list(folder.remote)) {
    for (const entry of batch) {
      if (entry.filename === '.' || entry.filename === '..') continue
      const name = safeName(entry.filename, folder.remote)
      const [remote, local] = [`${folder.remote}/${name}`, path.join(folder.local, name)]
      if (plan.files.length + plan.folders.length >= mostEntries)
        throw new FileError(`${folder.remote} on the host holds more than ${mostEntries} entries`)
      // What a listing says of an entry is what lstat would; old servers say nothing.
      const own = entry.attrs.mode === undefined ? await transfer.files.lstat(remote) : entry.attrs
      if (own.isDirectory()) await scan(transfer, { remote, local, stats: own }, plan, depth + 1)
      else if (own.isFile() || (own.isSymbolicLink() && (await transfer.files.stat(remote)).isFile()))
        plan.files.push({ remote, local })
      else
        throw new FileError(
          `${remote} on the host is ${own.isSymbolicLink() ? 'a link to a folder' : 'neither a file nor a folder'}; leave it out`,
        )
    }
  }
}

/** Writable for us while we fill it. Only the outermost may be a link: that one the caller has named. */
async function makeFolder(local: string, mode: number, outermost: boolean): Promise<void> {
  try {
    await mkdir(local, { mode: mode | 0o700 })
  } catch (error) {
    if (errnoOf(error) !== 'EEXIST')
      throw await locally('make the folder', local, () => Promise.reject(error))
    const there = await (outermost ? stat(local) : lstat(local))
    if (!there.isDirectory())
      throw new FileError(`${local} is no folder but stands where one is needed; remove it`, { cause: error })
  }
}

async function downloadFile(transfer: Transfer, remote: string, local: string): Promise<void> {
  const { files } = transfer
  const handle = await files.open(remote, 'r')
  const temporary = path.join(
    path.dirname(local),
    `.${path.basename(local).slice(0, 200)}.${randomBytes(6).toString('hex')}.reops`,
  )
  try {
    const { size, mode } = await files.fstat(handle, remote)
    const sink = await locally('write', local, () => open(temporary, 'wx', 0o600))
    try {
      const write = (buffer: Buffer, length: number, offset: number) =>
        locally('write', local, () => writeAll(sink, buffer, length, offset))
      if (size > 0) {
        await inChunks(size, async (buffer, offset, length) => {
          for (let done = 0; done < length; ) {
            const count = await files.read(handle, buffer, length - done, offset + done, remote)
            if (count <= 0)
              throw new FileError(
                `${remote} on the host became shorter while it was read; try again when nobody writes to it`,
              )
            await write(buffer, count, offset + done)
            transfer.moved(remote, count, size)
            done += count
          }
        })
      } else await readToEnd(transfer, handle, remote, write)
      await locally('write', local, async () => {
        await sink.chmod(transfer.mode ?? mode & 0o777)
        await sink.datasync()
      })
    } finally {
      await sink.close()
    }
    await locally('write', local, () => rename(temporary, local))
    transfer.finished()
  } finally {
    await rm(temporary, { force: true })
    if (!transfer.signal.aborted) await files.close(handle, remote)
  }
}

async function readToEnd(
  transfer: Transfer,
  handle: Buffer,
  remote: string,
  write: (buffer: Buffer, length: number, offset: number) => Promise<void>,
): Promise<void> {
  const buffer = Buffer.allocUnsafe(chunkSize)
  for (let offset = 0; offset <= mostOfUnknownSize; ) {
    const count = await transfer.files.read(handle, buffer, buffer.length, offset, remote)
    transfer.moved(remote, count, undefined)
    if (count <= 0) return
    await write(buffer, count, offset)
    offset += count
  }
  throw new FileError(
    `${remote} on the host says that it is empty, and does not end; read it with a command instead`,
  )
}

async function writeAll(
  sink: {
    write(buffer: Buffer, from: number, length: number, position: number): Promise<{ bytesWritten: number }>
  },
  buffer: Buffer,
  length: number,
  position: number,
): Promise<void> {
  for (let done = 0; done < length; )
    done += (await sink.write(buffer, done, length - done, position + done)).bytesWritten
}
