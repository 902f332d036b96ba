import { chmodSync, closeSync, mkdirSync, openSync, statSync } from 'node:fs'
import path from 'node:path'

/**
 * Makes an empty file that its owner alone may read, where there is none, and the folders to it. SQLite gives the
 * files that it makes beside it the same rights. A folder that exists is left as it is: it may be anyone's.
 */
export function createPrivateFile(file: string): void {
  mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 })
  try {
    // Only a new file is opened: closing one that SQLite has open would end this process's locks on it.
    closeSync(openSync(file, 'wx', 0o600))
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code !== 'EEXIST') throw thrown
    if ((statSync(file).mode & 0o077) !== 0) chmodSync(file, 0o600)
  }
}
