import { accessSync, constants, existsSync, statSync } from 'node:fs'
import { delimiter, isAbsolute, join } from 'node:path'

/** Where daemons live; an ordinary user's PATH leaves these folders out. */
const adminFolders = ['/usr/local/sbin', '/usr/sbin', '/sbin']

/**
 * The full path of a program, or undefined where it is not installed. A full path is a file that has to be there,
 * whether it is a program or not.
 *
 * @param {string} name
 * @returns {string | undefined}
 * @example
 * findBinary('sshd') // '/usr/sbin/sshd'
 */
export function findBinary(name) {
  if (isAbsolute(name)) return existsSync(name) ? name : undefined
  const folders = (process.env.PATH ?? '').split(delimiter).filter(Boolean)
  return [...folders, ...adminFolders].map(folder => join(folder, name)).find(isProgram)
}

/** @param {string} path */
function isProgram(path) {
  try {
    accessSync(path, constants.X_OK)
    return statSync(path).isFile()
  } catch {
    // Not there, or not ours to execute: either way this path is no program for us.
    return false
  }
}
