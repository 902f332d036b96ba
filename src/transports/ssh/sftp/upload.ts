import { randomBytes } from 'node:crypto'
import { open, readdir, stat } from 'node:fs/promises'
import path from 'node:path'
import { FileError, locally } from './errors.ts'
import { forEachFile, inChunks } from './pipeline.ts'
import type { Transfer } from './transfer.ts'

interface Plan {
  readonly folders: { readonly remote: string; readonly mode: number }[]
  readonly files: { readonly local: string; readonly remote: string }[]
}

/**
 * Uploads a file, or what is in a folder, keeping permission bits. A file is written under a temporary name
 * beside its place and then put there at once; a remote folder, or a name that ends in `/`, takes it under its
 * own name. Links to files count as those files; a link to a folder, and what is neither file nor folder, is
 * refused before anything is moved. Remote paths are relative to the user's home; `~/` says the same.
 */
export async function upload(transfer: Transfer, local: string, remote: string): Promise<void> {
  const to = remotePath(remote)
  const source = await locally('read', local, () => stat(local))
  if (!source.isDirectory()) {
    if (!source.isFile()) throw new FileError(`${local} is neither a file nor a folder`)
    await uploadFile(transfer, local, await fileTarget(transfer, to, path.basename(local)))
    return
  }
  const plan: Plan = { folders: [], files: [] }
  await scan(local, to, plan)
  for (const folder of plan.folders) await makeFolder(transfer, folder.remote, folder.mode)
  await forEachFile(plan.files, file => uploadFile(transfer, file.local, file.remote))
  // Last, and the inner ones first: a folder may be one that its owner can't write to.
  for (const folder of plan.folders.toReversed()) await transfer.files.chmod(folder.remote, folder.mode)
}

/** SFTP knows no `~`; an empty path means the home folder. */
export function remotePath(remote: string): string {
  if (remote === '~' || remote === '') return '.'
  return remote.startsWith('~/') ? remote.slice(2) || '.' : remote
}

async function fileTarget({ files }: Transfer, to: string, name: string): Promise<string> {
  if (to.endsWith('/')) return `${to}${name}`
  const there = await files.stat(to).catch(ifMissing)
  return there?.isDirectory() ? `${to}/${name}` : to
}

async function scan(local: string, remote: string, plan: Plan): Promise<void> {
  const { mode } = await locally('read', local, () => stat(local))
  plan.folders.push({ remote, mode: mode & 0o777 })
  for (const entry of await locally('read', local, () => readdir(local, { withFileTypes: true }))) {
    const from = path.join(local, entry.name)
    const to = `${remote}/${entry.name}`
    if (entry.isDirectory()) await scan(from, to, plan)
    else {
      const found = await locally('read', from, () => stat(from))
      if (!found.isFile())
        throw new FileError(
          `${from} is ${found.isDirectory() ? 'a link to a folder' : 'neither a file nor a folder'}; leave it out, or use sync`,
        )
      plan.files.push({ local: from, remote: to })
    }
  }
}

/** Writable for us while we fill it; its own mode comes at the end. */
async function makeFolder({ files }: Transfer, remote: string, mode: number): Promise<void> {
  const there = await files.stat(remote).catch(ifMissing)
  if (there?.isDirectory()) return
  if (there) throw new FileError(`${remote} on the host is no folder; remove it, or choose another place`)
  await files.mkdir(remote, mode | 0o700)
}

async function uploadFile(transfer: Transfer, local: string, remote: string): Promise<void> {
  const { files } = transfer
  const source = await locally('read', local, () => open(local, 'r'))
  try {
    const { size, mode } = await source.stat()
    const place = await throughLink(transfer, remote)
    const temporary = `${path.posix.dirname(place)}/.${path.posix.basename(place).slice(0, 200)}.${randomBytes(6).toString('hex')}.reops`
    const handle = await files.open(temporary, 'wx', { mode: 0o600 }, remote)
    const clean = transfer.leftover(late => late.unlink(temporary))
    try {
      await inChunks(size, async (buffer, offset, length) => {
        await fill(
          buffer,
          length,
          position => source.read(buffer, position, length - position, offset + position),
          local,
        )
        await files.write(handle, buffer, length, offset, remote)
        transfer.moved(local, length, size)
      })
      await files.fchmod(handle, transfer.mode ?? mode & 0o777, remote)
      await files.close(handle, remote)
    } catch (error) {
      throw await fullDisk(transfer, error, path.posix.dirname(place))
    }
    await files.replace(temporary, place)
    clean()
    transfer.finished()
    if (size === 0) transfer.moved(local, 0, 0)
  } finally {
    await source.close()
  }
}

/** What a link points to is replaced, and not the link. */
async function throughLink({ files }: Transfer, remote: string): Promise<string> {
  const there = await files.lstat(remote).catch(ifMissing)
  if (!there?.isSymbolicLink()) return remote
  return (await files.realpath(remote).catch(ifMissing)) ?? remote
}

async function fill(
  buffer: Buffer,
  length: number,
  read: (position: number) => Promise<{ bytesRead: number }>,
  file: string,
): Promise<void> {
  for (let position = 0; position < length && position < buffer.length; ) {
    const { bytesRead } = await locally('read', file, () => read(position))
    if (bytesRead === 0)
      throw new FileError(`${file} became shorter while it was read; try again when nobody writes to it`)
    position += bytesRead
  }
}

/** SFTP has no code for a full disk, only "failure"; so the host is asked how much is left. */
async function fullDisk({ files }: Transfer, error: unknown, folder: string): Promise<unknown> {
  const failure = 4
  if (!(error instanceof FileError) || error.status !== failure) return error
  const free = await files.free(folder)
  if (free === undefined || free > 1_024 * 1_024) return error
  return new FileError(`${error.message}. Its disk is full: ${free} bytes are left for ${folder}`, {
    cause: error,
    status: failure,
  })
}

/** For "there is no such file", which is an answer and no error. */
function ifMissing(error: unknown): undefined {
  const noSuchFile = 2
  if (error instanceof FileError && error.status === noSuchFile) return undefined
  throw error
}
