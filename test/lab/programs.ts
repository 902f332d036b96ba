import { accessSync, constants } from 'node:fs'
import path from 'node:path'

/** Daemons live where an ordinary user's PATH does not look. */
const places = [...(process.env.PATH ?? '').split(path.delimiter), '/usr/sbin', '/usr/local/sbin', '/sbin']

/** Where a program is, or nothing. */
export function findProgram(name: string): string | undefined {
  return places
    .map(place => path.join(place, name))
    .find(file => {
      try {
        accessSync(file, constants.X_OK)
        return true
      } catch {
        return false
      }
    })
}

export function hasProgram(name: string): boolean {
  return findProgram(name) !== undefined
}
