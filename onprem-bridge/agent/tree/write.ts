import { randomBytes } from 'node:crypto'
import { chmod, lstat, mkdir, open, realpath, rename, rm, stat, symlink, utimes } from 'node:fs/promises'
import path from 'node:path'
import { type Entry, type EntryHeader, staysInside } from './format.ts'
import { fileWords } from './words.ts'

/** How entries are put on the disk. */
export interface WriteOptions {
  readonly signal: AbortSignal
  /** Permission bits instead of each file's own. */
  readonly mode?: number | undefined
  /** Set the times that the entries say. */
  readonly times?: boolean | undefined
  /** Go through a link to what it points to, where one stands in the place of a file or a folder. */
  readonly throughLinks?: boolean | undefined
  /** On which side this is, for errors. */
  readonly where: 'on the host' | 'here'
  readonly onBytes?: ((path: string, bytes: number, size: number) => void) | undefined
  /** May remove a folder with all in it that stands in the way of something else. */
  readonly force?: boolean | undefined
}

/** Files and bytes that were written. */
export interface Written {
  files: number
  bytes: number
}

/**
 * Writes entries below `root`. A file comes to its place whole, by a rename; nothing is written outside `root`, whatever
 * the entries are called, and nothing through a link that stands in the way of a folder.
 */
export async function writeEntries(
  entries: AsyncIterable<Entry>,
  root: string,
  options: WriteOptions,
): Promise<Written> {
  const written: Written = { files: 0, bytes: 0 }
  const folders: Extract<EntryHeader, { kind: 'folder' }>[] = []
  const safe = new Set<string>()
  for await (const { header, content } of entries) {
    options.signal.throwIfAborted()
    if (!staysInside(header.path))
      throw new Error(`a file is named ${JSON.stringify(header.path)}, which would lead out of ${root}`)
    const place = placeOf(root, header.path)
    await inWords(place, options, async () => {
      await mustStandInFolders(root, header.path, safe, options)
      if (header.kind === 'folder') {
        await makeFolder(place, header.mode, header.path === '' || options.throughLinks === true)
        folders.push(header)
      } else if (header.kind === 'link') await makeLink(place, header.target, options)
      else {
        await writeFile(place, header, content, options)
        written.files++
        written.bytes += header.size
      }
    })
  }
  // Last, and the inner ones first: a folder may be one that its owner can't write to.
  for (const folder of folders.reverse()) {
    const place = placeOf(root, folder.path)
    await inWords(place, options, async () => {
      await chmod(place, folder.mode)
      if (options.times && folder.mtime !== undefined) await setTime(place, folder.mtime)
    })
  }
  return written
}

function placeOf(root: string, at: string): string {
  return at === '' ? root : path.join(root, at)
}

async function inWords(
  place: string,
  { where, signal }: WriteOptions,
  work: () => Promise<void>,
): Promise<void> {
  try {
    await work()
  } catch (error) {
    if (signal.aborted) throw error
    throw new Error(fileWords(error, 'write', place, where), { cause: error })
  }
}

/** Every folder on the way is one, and no link that leads elsewhere. */
async function mustStandInFolders(
  root: string,
  at: string,
  safe: Set<string>,
  { throughLinks }: WriteOptions,
): Promise<void> {
  const parts = at.split('/').slice(0, -1)
  for (let count = 1; count <= parts.length; count++) {
    const folder = parts.slice(0, count).join('/')
    if (safe.has(folder)) continue
    if (!(await (throughLinks ? stat : lstat)(path.join(root, folder))).isDirectory())
      throw new Error(`${path.join(root, folder)} is no folder but stands where one is needed; remove it`)
    safe.add(folder)
  }
}

/** Writable for us while we fill it. Where links are not followed only the outermost may be one: the caller has named it. */
async function makeFolder(place: string, mode: number, followed: boolean): Promise<void> {
  try {
    await mkdir(place, { mode: mode | 0o700 })
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error
    const there = await (followed ? stat : lstat)(place)
    if (!there.isDirectory()) throw new Error(`${place} is no folder; remove it, or choose another place`)
    if ((there.mode & 0o700) !== 0o700) await chmod(place, there.mode | 0o700)
  }
}

async function makeLink(place: string, target: string, options: WriteOptions): Promise<void> {
  await makeWay(place, options)
  const temporary = temporaryBeside(place)
  await symlink(target, temporary)
  await rename(temporary, place).catch(async (error: unknown) => {
    await rm(temporary, { force: true })
    throw error
  })
}

async function writeFile(
  named: string,
  header: Extract<EntryHeader, { kind: 'file' }>,
  content: AsyncIterable<Uint8Array>,
  options: WriteOptions,
): Promise<void> {
  const place = options.throughLinks ? await throughLink(named) : named
  await makeWay(place, options)
  const temporary = temporaryBeside(place)
  try {
    const handle = await open(temporary, 'wx', 0o600)
    try {
      let at = 0
      for await (const bytes of content) {
        options.signal.throwIfAborted()
        await handle.writeFile(bytes)
        at += bytes.length
        options.onBytes?.(header.path, at, header.size)
      }
      if (header.size === 0) options.onBytes?.(header.path, 0, 0)
      await handle.chmod(options.mode ?? header.mode)
      if (options.times && header.mtime !== undefined)
        await handle.utimes(header.mtime / 1_000, header.mtime / 1_000)
      await handle.datasync()
    } finally {
      await handle.close()
    }
    await rename(temporary, place)
  } catch (error) {
    await rm(temporary, { force: true })
    throw error
  }
}

function temporaryBeside(place: string): string {
  return path.join(
    path.dirname(place),
    `.${path.basename(place).slice(0, 200)}.${randomBytes(6).toString('hex')}.reops`,
  )
}

/** What a link points to is replaced, and not the link. */
async function throughLink(place: string): Promise<string> {
  const there = await lstat(place).catch(() => undefined)
  return there?.isSymbolicLink() ? await realpath(place).catch(() => place) : place
}

/** A folder in a file's place goes only where that was allowed, or when it is empty. */
async function makeWay(place: string, { force = false }: WriteOptions): Promise<void> {
  const there = await lstat(place).catch(() => undefined)
  if (!there?.isDirectory()) return
  if (!force)
    throw new Error(
      `${place} is a folder and stands where a file is needed; remove it, or choose another place`,
    )
  await rm(place, { recursive: true, force: true })
}

async function setTime(place: string, mtime: number): Promise<void> {
  await utimes(place, mtime / 1_000, mtime / 1_000)
}
