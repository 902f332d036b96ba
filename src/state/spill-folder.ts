import { createHash, randomUUID } from 'node:crypto'
import { link, mkdir, readFile, rename, rm, utimes, writeFile } from 'node:fs/promises'
import path from 'node:path'
import type { SpillStore } from '../core/spill.ts'
import { SpilledDataMissing, spilledKey } from './spilled-data.ts'

/** Where the sweep puts what seems to be of no use, for a day, before it is removed. */
export const asideOf = (folder: string): string => path.join(folder, 'aside')

/**
 * Keeps large data as files, named by the SHA-256 of what they hold, readable by their owner alone. Writing is by
 * rename, so that a reader never sees half a file, and the same data is kept once. Whoever keeps, reads or asks for
 * data makes its file young again: what is old is of no use to anybody, and is swept.
 */
export function openSpillFolder(folder: string): SpillStore & { has(key: string): Promise<boolean> } {
  return {
    async has(key) {
      return spilledKey.test(key) && renew(folder, key)
    },
    async put(json) {
      const key = createHash('sha256').update(json).digest('hex')
      await mkdir(folder, { recursive: true, mode: 0o700 })
      const draft = path.join(folder, `.${key}.${randomUUID()}`)
      try {
        await writeFile(draft, json, { mode: 0o600 })
        await rename(draft, path.join(folder, key))
      } catch (thrown) {
        await rm(draft, { force: true })
        throw thrown
      }
      return key
    },
    async get(key) {
      if (!spilledKey.test(key)) throw new SpilledDataMissing(`${JSON.stringify(key)} is no key of kept data`)
      try {
        await renew(folder, key)
        return await readAnywhere(folder, key)
      } catch (cause) {
        throw new SpilledDataMissing(
          `data that an earlier step kept aside is gone: ${key} is not in ${folder}`,
          { cause },
        )
      }
    },
  }
}

/** Makes a file young again, and brings it back if a sweep has put it aside. Answers whether it is there. */
async function renew(folder: string, key: string): Promise<boolean> {
  const file = path.join(folder, key)
  if (await touch(file)) return true
  await bringBack(folder, key)
  return touch(file)
}

/** Puts a file that a sweep took away back in its place, unless there is one again. */
export async function bringBack(folder: string, key: string): Promise<void> {
  const aside = path.join(asideOf(folder), key)
  // A link and not a rename: what was kept anew under the key meanwhile stays, and a sweep of the same moment finds both.
  await link(aside, path.join(folder, key)).catch(unless('ENOENT', 'EEXIST'))
  await rm(aside, { force: true })
}

async function touch(file: string): Promise<boolean> {
  const now = new Date()
  try {
    await utimes(file, now, now)
    return true
  } catch (thrown) {
    // Data can be read where its times can't be changed: another user's, or on a disk that is mounted for reading.
    unless('ENOENT', 'EROFS', 'EACCES', 'EPERM')(thrown)
    return (thrown as NodeJS.ErrnoException).code !== 'ENOENT'
  }
}

/** Reads a file that a sweep of another process may be putting aside, or back. */
async function readAnywhere(folder: string, key: string): Promise<string> {
  const file = path.join(folder, key)
  const missing = unless('ENOENT')
  return (
    (await readFile(file, 'utf8').catch(missing)) ??
    (await readFile(path.join(asideOf(folder), key), 'utf8').catch(missing)) ??
    (await readFile(file, 'utf8'))
  )
}

/** Takes these troubles of the file system for nothing. */
function unless(...codes: readonly string[]): (thrown: unknown) => undefined {
  return thrown => {
    if (!codes.includes(String((thrown as NodeJS.ErrnoException).code))) throw thrown
  }
}
