import { statSync } from 'node:fs'

/**
 * What identifies the present state of a file or folder: its inode, size and times in nanoseconds. ctime is among
 * them, which no program can set, so that a file that was changed never looks the same. Absence is a state too.
 */
export function stampOf(path: string): string {
  const stat = statSync(path, { bigint: true, throwIfNoEntry: false })
  if (stat === undefined) return 'absent'
  return `${stat.dev}.${stat.ino}.${stat.size}.${stat.mtimeNs}.${stat.ctimeNs}`
}

/** Whether a file or folder has been as it is since before `time`, in milliseconds since the epoch. */
export function unchangedSince(path: string, time: number): boolean {
  const stat = statSync(path, { throwIfNoEntry: false })
  return stat === undefined || Math.max(stat.mtimeMs, stat.ctimeMs) < time
}
