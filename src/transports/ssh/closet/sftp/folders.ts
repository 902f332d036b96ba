import { lstat, mkdir, opendir, rmdir } from 'node:fs/promises'
import type { FileEntry } from 'ssh2'
import { entryOf, modeOf, type SentAttributes } from './attributes.ts'
import { nameWithin, realWithin } from './paths.ts'
import type { Reply, SftpSession } from './reply.ts'

/** Entries in one answer: with names at their longest it still fits a packet. */
const entriesAtOnce = 100

/** OPENDIR. */
export async function openFolder({ home, handles }: SftpSession, path: string): Promise<Reply> {
  const handle = await handles.keep(async () => {
    const real = await realWithin(home, path)
    return { kind: 'folder', path: real, entries: await opendir(real) }
  })
  return { handle }
}

/**
 * READDIR: the next entries, or the end. `.` and `..` are left out, and so is a name that isn't UTF-8, which
 * ssh2 can't send.
 */
export async function readFolder({ handles }: SftpSession, handle: Buffer): Promise<Reply> {
  const { entries, path } = handles.folder(handle)
  const found: FileEntry[] = []
  while (found.length < entriesAtOnce) {
    const entry = await entries.read()
    if (entry === null) break
    const stats = await lstatIfThere(`${path}/${entry.name}`)
    if (stats) found.push(entryOf(entry.name, stats))
  }
  return found.length === 0 ? 'end' : { entries: found }
}

/** MKDIR. */
export async function makeFolder({ home }: SftpSession, path: string, sent: SentAttributes): Promise<Reply> {
  await mkdir(await nameWithin(home, path), { mode: modeOf(sent, 0o777) })
  return 'done'
}

/** RMDIR: an empty folder, and never the home. */
export async function removeFolder({ home }: SftpSession, path: string): Promise<Reply> {
  await rmdir(await nameWithin(home, path))
  return 'done'
}

/** A file may go away while its folder is being listed. */
async function lstatIfThere(path: string) {
  try {
    return await lstat(path)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}
