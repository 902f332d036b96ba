import { readdirSync } from 'node:fs'
import path from 'node:path'

/** The file that is written; those before it are named after their first entry. */
export const currentName = 'audit.log'

export const currentFile = (folder: string) => path.join(folder, currentName)

/** The last entry that is on the disk for certain. */
export const headFile = (folder: string) => path.join(folder, 'audit.head')

/** What a full file is called from then on: in the order of names is the order of entries. */
export const closedName = (first: number) => `audit-${String(first).padStart(12, '0')}.log`

/** Where a line goes that a crash left unfinished. */
export const tornName = (seq: number, time: number) =>
  `audit-torn-${String(seq).padStart(12, '0')}-${time}.bin`

/** The files of a log, oldest first; the one that is written is the last. */
export function listFiles(folder: string): readonly string[] {
  const names = namesIn(folder)
  const closed = names.filter(name => /^audit-\d{12,16}(?:\.\d+)?\.log$/.test(name)).sort()
  return [...closed, ...names.filter(name => name === currentName)].map(name => path.join(folder, name))
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw error
  }
}

/** The lines of a file's bytes without their ends; `rest` is what no end stands behind. */
export function splitLines(bytes: Buffer): { readonly lines: readonly Buffer[]; readonly rest: Buffer } {
  const lines: Buffer[] = []
  let at = 0
  for (let end = bytes.indexOf(0x0a); end !== -1; end = bytes.indexOf(0x0a, at)) {
    lines.push(bytes.subarray(at, end))
    at = end + 1
  }
  return { lines, rest: bytes.subarray(at) }
}
