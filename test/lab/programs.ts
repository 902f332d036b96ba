import { accessSync, constants } from 'node:fs'
import path from 'node:path'

/** Daemons live where an ordinary user's PATH does not look. */
const places = [...(process.env['PATH'] ?? '').split(path.delimiter), '/usr/sbin', '/usr/local/sbin', '/sbin']

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

/**
 * Whether a suite must be skipped, and under what name it then shows. With REOPS_REQUIRE_ALL=1 nothing is
 * skipped: the suite runs and fails.
 */
export function needs(
  title: string,
  missing: string | undefined,
): { readonly title: string; readonly skip: boolean } {
  if (missing === undefined || process.env['REOPS_REQUIRE_ALL'] === '1') return { title, skip: false }
  return { title: `${title} [skipped: ${missing}]`, skip: true }
}
