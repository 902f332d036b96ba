import { chmod, mkdir, mkdtemp, readdir, realpath, rm, rmdir } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import type { Undo } from './undo.ts'

/**
 * Makes the closet's folder, new and its own inside `parent`, so that two closets, or what a killed one left,
 * are never in its way. What has to be undone for it is added to `undo`.
 *
 * @example
 * const folder = await makeFolder('.reops/closet', undo) // '/home/me/.reops/closet/closet-x4Qr1z'
 */
export async function makeFolder(parent: string, undo: Undo[]): Promise<string> {
  const made = await mkdir(parent, { recursive: true })
  const [deepest, highest] = [resolve(parent), resolve(made ?? '')]
  if (made !== undefined) undo.push(() => removeEmpty(deepest, highest))
  const folder = await realpath(await mkdtemp(join(parent, 'closet-')))
  undo.push(() => removeTree(folder))
  return folder
}

/** Removes the folders from `deepest` up to `highest`, as far as nobody else has put something into them. */
async function removeEmpty(deepest: string, highest: string): Promise<void> {
  for (let folder = deepest; folder.length >= highest.length; folder = dirname(folder)) {
    try {
      await rmdir(folder)
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException
      if (code === 'ENOTEMPTY' || code === 'EEXIST' || code === 'ENOENT') return
      throw error
    }
  }
}

/** Removes a folder with all that is in it, also where a command left folders that their owner may not enter. */
async function removeTree(folder: string): Promise<void> {
  try {
    await rm(folder, { recursive: true, force: true, maxRetries: 3 })
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code
    if (code !== 'EACCES' && code !== 'EPERM' && code !== 'ENOTEMPTY') throw error
    await openFolders(folder)
    await rm(folder, { recursive: true, force: true, maxRetries: 3 })
  }
}

async function openFolders(folder: string): Promise<void> {
  await chmod(folder, 0o700)
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    if (entry.isDirectory()) await openFolders(join(folder, entry.name))
  }
}
