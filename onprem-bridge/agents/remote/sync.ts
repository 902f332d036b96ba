import { stat } from 'node:fs/promises'
import * as z from 'zod'
import { HostTrouble, type SyncOptions, type Transferred } from '../../../src/core/ports.ts'
import { type EntryHeader, entryHeader } from '../../agent/tree/format.ts'
import { type Scanned, scanTree } from '../../agent/tree/scan.ts'
import type { AgentLine } from '../hub.ts'
import { excluder } from './patterns.ts'
import { onThisSide, readAnswer, written } from './trouble.ts'
import { bytesOf } from './upload.ts'

type Options = SyncOptions & { readonly timeout: number }

const looked = z.object({ entries: z.array(entryHeader).nullable() })

/** Times of files are kept to the microsecond on their way, and some file systems keep less. */
const sameTime = 2

/**
 * Makes the remote folder like the local one: permissions, times and links are kept, owners are not. A file whose size
 * and time are the same is taken for the same, as rsync does it. It needs no rsync on either side.
 */
export async function sync(
  line: AgentLine,
  local: string,
  remote: string,
  options: Options,
): Promise<Transferred> {
  const { host } = line
  const began = performance.now()
  const left = () => Math.max(1, options.timeout - (performance.now() - began))
  const skip = excluder(options.exclude)
  const here = await onThisSide(host, 'sync', local, async () => {
    const own = await stat(local)
    if (!own.isDirectory())
      throw new Error(`can not sync ${local}: it is no folder; upload moves single files`)
    return scanTree(local, { links: 'keep', skip, signal: options.signal })
  }).catch((error: unknown) => {
    if (!(error instanceof HostTrouble) || !/no such file/.test(error.message)) throw error
    throw new HostTrouble('exception', `${host}: can not sync ${local}: there is no such folder here`, {
      cause: error,
    })
  })
  const wanted = here.map(entry =>
    entry.kind === 'file' && options.mode !== undefined ? { ...entry, mode: options.mode } : entry,
  )
  const bounds = () => ({ signal: options.signal, timeout: left() })
  const found = readAnswer(
    host,
    looked,
    await line.call({ name: 'tree.look', params: { remote }, ...bounds() }),
  )
  const { send, remove, chmod } = compare(wanted, found.entries ?? [], options.delete, skip, host, remote)
  for (const part of inParts(remove))
    await line.call({ name: 'tree.change', params: { remote, remove: part, chmod: [] }, ...bounds() })
  for (const part of inParts(chmod))
    await line.call({ name: 'tree.change', params: { remote, remove: [], chmod: part }, ...bounds() })
  let moved = 0
  const onProgress = (progress: { file: string; bytes: number; total?: number | undefined }) => {
    options.onProgress?.({ file: local, bytes: moved + progress.bytes })
    if (progress.bytes === progress.total) moved += progress.bytes
  }
  const answer = await line.call({
    name: 'tree.alike',
    params: { remote },
    ...bounds(),
    input: bytesOf(host, send, options.onProgress ? { onProgress } : {}, 0o7777),
  })
  return readAnswer(host, written, answer)
}

/** Paths are long at times, and what is asked in one call is bounded. */
function inParts<T>(items: readonly T[]): T[][] {
  const most = 100
  return Array.from({ length: Math.ceil(items.length / most) }, (_, part) =>
    items.slice(part * most, (part + 1) * most),
  )
}

/** What has to be sent, removed and changed. Folders always go along: they cost a line, and their times change with what is in them. */
function compare(
  here: readonly Scanned[],
  there: readonly EntryHeader[],
  deleting: boolean,
  skip: (path: string, folder: boolean) => boolean,
  host: string,
  remote: string,
) {
  const has = new Map(there.map(entry => [entry.path, entry]))
  const wanted = new Set(here.map(entry => entry.path))
  const remove: string[] = []
  const chmod: { path: string; mode: number }[] = []
  const send = here.filter(entry => {
    const other = has.get(entry.path)
    if (!other || entry.path === '') return true
    if (other.kind !== entry.kind) {
      if (other.kind === 'folder' && !deleting)
        throw new HostTrouble(
          'exception',
          `${host}: ${remote}/${entry.path} on the host is a folder and stands where a ${entry.kind} is needed; remove it, or sync with delete`,
        )
      remove.push(entry.path)
      return true
    }
    if (entry.kind === 'folder') return true
    if (entry.kind === 'link') return other.kind === 'link' && other.target !== entry.target
    if (other.kind !== 'file') return true
    const same = other.size === entry.size && Math.abs((other.mtime ?? 0) - (entry.mtime ?? 0)) < sameTime
    if (same && other.mode !== entry.mode) chmod.push({ path: entry.path, mode: entry.mode })
    return !same
  })
  if (deleting) remove.push(...extra(there, wanted, skip))
  return { send, remove, chmod }
}

/** What is not here, but for what is excluded and the folders that hold such. The inner ones come first. */
function extra(
  there: readonly EntryHeader[],
  wanted: ReadonlySet<string>,
  skip: (path: string, folder: boolean) => boolean,
): string[] {
  const kept = new Set<string>()
  const names: string[] = []
  const excluded = new Set<string>()
  for (const { path, kind } of there) {
    if (path === '') continue
    const parent = path.slice(0, Math.max(0, path.lastIndexOf('/')))
    if (!excluded.has(parent) && !skip(path, kind === 'folder')) {
      if (!wanted.has(path)) names.push(path)
      continue
    }
    excluded.add(path)
    for (let at = path; at !== ''; at = at.slice(0, Math.max(0, at.lastIndexOf('/')))) kept.add(at)
  }
  return names.filter(name => !kept.has(name)).reverse()
}
