import { createHash, randomUUID } from 'node:crypto'
import { access, mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { ReopsError } from '../core/errors.ts'
import type { SpillStore } from '../core/spill.ts'

/** Data that a step refers to is not in the state folder any more. */
class SpilledDataMissing extends ReopsError {
  override readonly name = 'SpilledDataMissing'
}

/**
 * Keeps large data as files, named by the SHA-256 of what they hold, readable by their owner alone. Writing is by
 * rename, so that a reader never sees half a file, and the same data is kept once.
 */
export function openSpillFolder(folder: string): SpillStore & { has(key: string): Promise<boolean> } {
  return {
    async has(key) {
      if (!/^[0-9a-f]{64}$/.test(key)) return false
      return access(path.join(folder, key)).then(
        () => true,
        () => false,
      )
    },
    async put(json) {
      const key = createHash('sha256').update(json).digest('hex')
      await mkdir(folder, { recursive: true, mode: 0o700 })
      const draft = path.join(folder, `.${key}.${randomUUID()}`)
      await writeFile(draft, json, { mode: 0o600 })
      await rename(draft, path.join(folder, key))
      return key
    },
    async get(key) {
      if (!/^[0-9a-f]{64}$/.test(key))
        throw new SpilledDataMissing(`${JSON.stringify(key)} is no key of kept data`)
      try {
        return await readFile(path.join(folder, key), 'utf8')
      } catch (cause) {
        throw new SpilledDataMissing(
          `data that an earlier step kept aside is gone: ${key} is not in ${folder}`,
          { cause },
        )
      }
    },
  }
}
