import { lstat, readdir, readlink, stat } from 'node:fs/promises'
import path from 'node:path'
import type { EntryHeader } from './format.ts'

/** What is in a folder, the folders before what is in them; the folder itself comes first, with an empty path. */
export type Scanned = EntryHeader & { readonly from: string }

/** A tree that holds more, or nests deeper, is no tree that anybody meant. */
const mostEntries = 1_000_000
const deepest = 200

/** How links count: as what they point to, where it is a file, or as links. */
export type Links = 'follow' | 'keep'

/**
 * Reads what a tree holds. With `follow` a link to a folder, and what is neither file nor folder, is refused; with
 * `keep` what is neither file, folder nor link is passed over. `mtime` is milliseconds since the epoch.
 */
export async function scanTree(
  root: string,
  { links, skip = () => false, signal }: { links: Links; skip?: Skip; signal?: AbortSignal },
): Promise<Scanned[]> {
  const found: Scanned[] = []
  const visit = async (from: string, at: string, depth: number): Promise<void> => {
    signal?.throwIfAborted()
    if (depth > deepest) throw new Error(`${from} nests deeper than ${deepest} folders`)
    if (found.length > mostEntries) throw new Error(`${root} holds more than ${mostEntries} entries`)
    const own = await (depth === 0 ? stat(from) : lstat(from))
    if (skip(at, own.isDirectory()) && depth > 0) return
    if (own.isDirectory()) {
      found.push({ kind: 'folder', path: at, mode: own.mode & 0o7777, mtime: own.mtimeMs, from })
      for (const name of (await readdir(from)).sort())
        await visit(path.join(from, name), at === '' ? name : `${at}/${name}`, depth + 1)
      return
    }
    if (own.isSymbolicLink() && links === 'keep') {
      found.push({ kind: 'link', path: at, target: await readlink(from), from })
      return
    }
    const file = own.isSymbolicLink() ? await stat(from) : own
    if (file.isFile())
      found.push({
        kind: 'file',
        path: at,
        mode: file.mode & 0o7777,
        size: file.size,
        mtime: file.mtimeMs,
        from,
      })
    else if (links === 'follow')
      throw new Error(
        `${from} is ${file.isDirectory() ? 'a link to a folder' : 'neither a file nor a folder'}; leave it out, or use sync`,
      )
  }
  await visit(root, '', 0)
  return found
}

/** Whether a path of a tree is passed over, with all that is in it. */
export type Skip = (path: string, folder: boolean) => boolean
