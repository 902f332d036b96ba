import { cp, mkdtemp, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** What is slow to make and the same every time is kept here: removed with the packages, and never in git. */
export const cacheFolder = fileURLToPath(new URL('../../../node_modules/.cache/reops-lab/', import.meta.url))

/** Puts a copy of a folder into the cache, whole or not at all; one that is there already stays. */
export async function keep(folder: string, name: string): Promise<void> {
  const copy = await mkdtemp(join(cacheFolder, `${name}-`))
  await cp(folder, copy, { recursive: true })
  try {
    await rename(copy, join(cacheFolder, name))
  } catch (error) {
    await rm(copy, { recursive: true })
    // Somebody else was faster: theirs is as good.
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOTEMPTY')) throw error
  }
}
