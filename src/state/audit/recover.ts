import {
  closeSync,
  constants,
  existsSync,
  fsyncSync,
  ftruncateSync,
  openSync,
  readFileSync,
  renameSync,
  writeFileSync,
} from 'node:fs'
import path from 'node:path'
import { type AuditEvent, type AuditHead, beginning, readLine } from './entry.ts'
import { closedName, currentFile, currentName, listFiles, splitLines, tornName } from './files.ts'
import { readHead } from './head.ts'

/** Where a log goes on. */
export interface Recovered {
  readonly head: AuditHead
  /** Of the current file: its bytes, and its first entry; nothing where a new one begins. */
  readonly bytes: number
  readonly first: number | undefined
  /** What was found, for the log itself and for a person. */
  readonly found: readonly { readonly event: AuditEvent; readonly words: string }[]
}

/**
 * Finds where a log ends, after whatever has happened to it. A line that a crash left unfinished is set aside: it was
 * never confirmed. Anything else that is not as it was written stays as it is, for whoever wants to know: its file is
 * closed and a new one begins, and `reops audit verify` names the line from then on.
 */
export function recover(folder: string, now: number): Recovered {
  const remembered = readHead(folder)
  const known = typeof remembered === 'object' ? remembered : undefined
  const files = listFiles(folder)
  const found: { event: AuditEvent; words: string }[] = []
  const tell = (outcome: string, words: string, bytes?: number) =>
    found.push({
      event: { who: 'bridge', what: 'audit', outcome, why: words, ...(bytes === undefined ? {} : { bytes }) },
      words: `the audit log in ${folder}: ${words}`,
    })
  if (remembered === 'unreadable')
    tell('no head', 'its file of the head can not be read, so nobody knows whether its end is missing')
  if (remembered === 'absent' && files.length > 0)
    tell('no head', 'its file of the head is gone, so nobody knows whether its end is missing')

  const scan = scanLast(files)
  const last = scan?.last ?? beginning
  const isCurrent = scan !== undefined && path.basename(scan.file) === currentName
  const closeAs = (words: string, outcome: string): Recovered => {
    tell(outcome, words)
    if (existsSync(currentFile(folder)))
      renameSync(currentFile(folder), freeName(folder, scan?.first ?? last.seq + 1))
    const head = known !== undefined && known.seq >= last.seq ? known : last
    return { head, bytes: 0, first: undefined, found }
  }
  if (scan !== undefined && scan.sound < scan.bytes) {
    const isTorn = isCurrent && (known === undefined ? !scan.soundAfter : last.seq >= known.seq)
    if (!isTorn)
      return closeAs(
        `a line after entry ${last.seq} is not as it was written; reops audit verify says more`,
        'damaged',
      )
    const torn = setAside(scan.file, scan.sound, path.join(folder, tornName(last.seq + 1, now)))
    tell(
      'torn',
      `a line that was not finished was set aside (${torn} bytes); nothing was done on the strength of it`,
      torn,
    )
  }
  if (known !== undefined && known.seq > last.seq)
    return closeAs(`entries ${last.seq + 1} to ${known.seq} are missing at its end`, 'truncated')
  if (known !== undefined && scan?.hashes.has(known.seq) && scan.hashes.get(known.seq) !== known.hash)
    return closeAs(`entry ${known.seq} is another one than was written`, 'rewritten')
  return {
    head: last,
    bytes: isCurrent ? scan.sound : 0,
    first: isCurrent ? scan.first : undefined,
    found,
  }
}

interface Scan {
  readonly file: string
  readonly bytes: number
  /** Bytes up to the first line that is not as it was written or does not follow the one before. */
  readonly sound: number
  /** Whether a line behind that is as it was written. */
  readonly soundAfter: boolean
  readonly first: number | undefined
  readonly last: AuditHead | undefined
  readonly hashes: ReadonlyMap<number, string>
}

/** Reads the newest file with something in it. */
function scanLast(files: readonly string[]): Scan | undefined {
  for (const file of files.toReversed()) {
    const scan = scanFile(file)
    if (scan.bytes > 0) return scan
  }
  return undefined
}

function scanFile(file: string): Scan {
  const bytes = readFileSync(file)
  const { lines } = splitLines(bytes)
  const hashes = new Map<number, string>()
  let first: number | undefined
  let last: AuditHead | undefined
  let sound = 0
  let at = 0
  for (; at < lines.length; at++) {
    const entry = readLine(lines[at]!)
    if (!entry || (last && (entry.prev !== last.hash || entry.seq !== last.seq + 1))) break
    first ??= entry.seq
    last = { seq: entry.seq, hash: entry.hash }
    hashes.set(entry.seq, entry.hash)
    sound += lines[at]!.length + 1
  }
  const soundAfter = lines.slice(at).some(line => readLine(line) !== undefined)
  return { file, bytes: bytes.length, sound, soundAfter, first, last, hashes }
}

/** Moves the end of a file into one of its own. Answers how many bytes these are. */
function setAside(file: string, from: number, to: string): number {
  const torn = readFileSync(file).subarray(from)
  writeFileSync(to, torn, { mode: 0o600, flush: true })
  const descriptor = openSync(file, constants.O_RDWR)
  try {
    ftruncateSync(descriptor, from)
    fsyncSync(descriptor)
  } finally {
    closeSync(descriptor)
  }
  return torn.length
}

function freeName(folder: string, first: number): string {
  const name = path.join(folder, closedName(first))
  if (!existsSync(name)) return name
  for (let count = 1; ; count++) {
    const next = name.replace(/\.log$/, `.${count}.log`)
    if (!existsSync(next)) return next
  }
}
