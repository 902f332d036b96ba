import { chmod, lstat, open, readdir, readlink, rm, stat } from 'node:fs/promises'
import path from 'node:path'
import * as z from 'zod'
import { HostTrouble } from '../../../src/core/ports.ts'
import { type AgentCall, type Handler, handler } from '../call.ts'
import { contentOf } from '../tree/content.ts'
import { frame, readEntries, staysInside } from '../tree/format.ts'
import { scanTree } from '../tree/scan.ts'
import { fileWords } from '../tree/words.ts'
import { writeEntries } from '../tree/write.ts'
import { home } from './environment.ts'

const place = z
  .string()
  .max(4_096)
  .refine(text => !text.includes('\0'), 'holds a NUL character')
const mode = z.int().min(0).max(0o7777).optional()

/** A file that says it is empty may be one of the kernel's, whose size nobody knows before reading. */
const mostOfUnknownSize = 64 * 1_024 * 1_024

/** Relative paths start at home, and so does `~/`. */
function placeOf(remote: string): string {
  const from = remote === '~' ? '' : remote.startsWith('~/') ? remote.slice(2) : remote
  const full = path.resolve(home(), from)
  return from.endsWith('/') && full !== '/' ? `${full}/` : full
}

/** Puts the call's input, which is entries of a tree, where it is told. */
const write = handler(
  z.strictObject({ remote: place, name: z.string().min(1).max(255).optional(), mode }),
  async ({ remote, name, mode }, call) =>
    onHost('write', remote, call, async () => {
      const to = placeOf(remote)
      const root =
        name === undefined ? to.replace(/(?<=.)\/$/, '') : await fileTarget(to, path.basename(name))
      return writeEntries(readEntries(call.input), root, {
        signal: call.signal,
        mode,
        throughLinks: true,
        where: 'on the host',
      })
    }),
)

async function fileTarget(to: string, name: string): Promise<string> {
  if (to.endsWith('/')) return `${to}${name}`
  const there = await stat(to).catch(() => undefined)
  return there?.isDirectory() ? path.join(to, name) : to
}

/** Says a file, or what is in a folder, as entries of a tree. */
const read = handler(z.strictObject({ remote: place }), async ({ remote }, call) =>
  onHost('read', remote, call, async () => {
    const root = placeOf(remote)
    const own = await stat(root)
    if (!own.isDirectory() && !own.isFile())
      throw new Error(`${remote} on the host is neither a file nor a folder`)
    for (const { from, ...entry } of await scanTree(root, { links: 'follow', signal: call.signal })) {
      call.signal.throwIfAborted()
      const content = entry.kind === 'file' && entry.size === 0 ? await readToEnd(from) : undefined
      const header =
        entry.kind === 'link'
          ? entry
          : { ...entry, mode: entry.mode & 0o777, ...(content ? { size: content.length } : {}) }
      await call.write('content', frame(header))
      if (content) await call.write('content', content)
      else if (header.kind === 'file')
        for await (const bytes of contentOf(from, header.size)) await call.write('content', bytes)
    }
  }),
)

async function readToEnd(file: string): Promise<Buffer> {
  const handle = await open(file, 'r')
  try {
    const chunks: Buffer[] = []
    for (let bytes = 0; bytes <= mostOfUnknownSize; ) {
      const { bytesRead, buffer } = await handle.read(Buffer.allocUnsafe(64 * 1_024), 0, 64 * 1_024, null)
      if (bytesRead === 0) return Buffer.concat(chunks)
      chunks.push(buffer.subarray(0, bytesRead))
      bytes += bytesRead
    }
  } finally {
    await handle.close()
  }
  throw new Error(
    `${file} on the host says that it is empty, and does not end; read it with a command instead`,
  )
}

/** What a folder holds, for whoever makes it like another; nothing where there is none. */
const look = handler(z.strictObject({ remote: place }), async ({ remote }, call) =>
  onHost('read', remote, call, async () => {
    const root = placeOf(remote).replace(/(?<=.)\/$/, '')
    const there = await stat(root).catch(() => undefined)
    if (!there) return { entries: null }
    if (!there.isDirectory())
      throw new Error(`${remote} on the host is no folder; remove it, or choose another place`)
    const entries = await scanTree(root, { links: 'keep', signal: call.signal })
    return { entries: entries.map(({ from: _, ...entry }) => entry) }
  }),
)

/** Writes the entries of the input with their permissions and times, beside what is there. */
const alike = handler(z.strictObject({ remote: place }), async ({ remote }, call) =>
  onHost('write', remote, call, () =>
    writeEntries(readEntries(call.input), placeOf(remote).replace(/(?<=.)\/$/, ''), {
      signal: call.signal,
      times: true,
      where: 'on the host',
    }),
  ),
)

const inside = z.string().refine(text => text !== '' && staysInside(text), 'leads out of its folder')

/** Removes what is named, and changes the permissions of files whose content is right already. */
const change = handler(
  z.strictObject({
    remote: place,
    remove: z.array(inside),
    chmod: z.array(z.strictObject({ path: inside, mode: z.int().min(0).max(0o7777) })),
  }),
  async ({ remote, remove, chmod: files }, call) =>
    onHost('change', remote, call, async () => {
      const root = placeOf(remote)
      for (const name of remove) {
        call.signal.throwIfAborted()
        await rm(path.join(root, name), { recursive: true, force: true })
      }
      for (const { path: at, mode } of files) {
        call.signal.throwIfAborted()
        const file = path.join(root, at)
        // A link that was put there meanwhile leads elsewhere.
        if ((await lstat(file)).isFile()) await chmod(file, mode)
      }
    }),
)

const mostNames = 100_000

/** What is in one folder, as a person looks at it. */
const list = handler(z.strictObject({ path: place }), async ({ path: named }, call) =>
  onHost('list', named, call, async () => {
    const folder = placeOf(named)
    const names = (await readdir(folder)).sort()
    if (names.length > mostNames)
      throw new Error(`${named} holds ${names.length} files; ${mostNames} are listed at most`)
    const found = []
    for (const name of names) {
      call.signal.throwIfAborted()
      found.push(await describe(path.join(folder, name), name))
    }
    return found.filter(entry => entry !== undefined)
  }),
)

async function describe(file: string, name: string) {
  try {
    const own = await lstat(file)
    const kind = own.isDirectory()
      ? 'folder'
      : own.isFile()
        ? 'file'
        : own.isSymbolicLink()
          ? 'link'
          : 'other'
    const target = kind === 'link' ? await readlink(file) : undefined
    return {
      name,
      kind,
      bytes: own.size,
      mode: (own.mode & 0o7777).toString(8).padStart(4, '0'),
      uid: own.uid,
      gid: own.gid,
      modifiedAt: new Date(own.mtimeMs).toISOString(),
      ...(target === undefined ? {} : { target }),
    }
  } catch (error) {
    // It went away between being listed and being looked at.
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw error
  }
}

async function onHost<T>(doing: string, remote: string, call: AgentCall, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (error instanceof HostTrouble || call.signal.aborted) throw error
    throw new HostTrouble('exception', fileWords(error, doing, remote, 'on the host'), { cause: error })
  }
}

/** Files there and back, by name of call. */
export const fileHandlers: Readonly<Record<string, Handler>> = {
  'tree.write': write,
  'tree.read': read,
  'tree.look': look,
  'tree.alike': alike,
  'tree.change': change,
  files: list,
}
