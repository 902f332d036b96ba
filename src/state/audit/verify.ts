import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { type AuditEntry, type AuditHead, beginning, readLine } from './entry.ts'
import { currentName, listFiles, splitLines } from './files.ts'
import { readHead } from './head.ts'

/** What is wrong with a log, at the first line that is not as it was written. */
export interface Broken {
  readonly kind: 'changed' | 'missing' | 'reordered' | 'truncated' | 'torn' | 'no head'
  /** Relative to the log's folder. */
  readonly file: string | undefined
  /** Counted from 1. */
  readonly line: number | undefined
  /** The entry that should stand there. */
  readonly seq: number
  /** A sentence. */
  readonly why: string
}

export interface Verdict {
  readonly broken: Broken | undefined
  /** Entries that are as they were written, up to the first that is not. */
  readonly entries: number
  readonly files: number
  readonly first: number | undefined
  readonly head: AuditHead
}

export interface VerifyOptions {
  /** The entry that the log is meant to begin with, where what came before was moved elsewhere; 1 otherwise. */
  readonly from?: number | undefined
  /** A head that somebody has written down: the log has to lead to it. */
  readonly remembered?: AuditHead | undefined
}

/** How often and for how long a line is waited for that a bridge may be writing just now. */
const looks = { times: 5, everyMs: 20 }

/**
 * Reads a whole log and says where it first is not as it was written. What is missing at its end can only be seen by a
 * head that was remembered: the file of the head beside the log, and whatever `remembered` brings from elsewhere.
 *
 * @example
 * const { broken } = await verifyAudit('.reops/bridge/audit')
 */
export async function verifyAudit(folder: string, options: VerifyOptions = {}): Promise<Verdict> {
  for (let look = 1; ; look++) {
    const verdict = verifyNow(folder, options)
    // A bridge may be in the middle of a line, or between two files.
    const passing = verdict.broken?.kind === 'torn' || isBetween(verdict)
    if (!passing || look === looks.times) return verdict
    await sleep(looks.everyMs)
  }
}

/** Between two files, what is in the newer one seems to be missing. */
function isBetween({ broken }: Verdict): boolean {
  return (broken?.kind === 'truncated' || broken?.kind === 'missing') && broken.line === undefined
}

function verifyNow(folder: string, { from, remembered }: VerifyOptions): Verdict {
  // Read first: the log of a bridge that is writing has grown past it since.
  const kept = readHead(folder)
  const files = listFiles(folder)
  const heads = [remembered, typeof kept === 'object' ? kept : undefined].filter(one => one !== undefined)
  let head: AuditHead = beginning
  let first: number | undefined
  let entries = 0
  const verdict = (broken: Broken | undefined): Verdict => ({
    broken,
    entries,
    files: files.length,
    first,
    head,
  })

  for (const file of files) {
    const name = path.basename(file)
    const { lines, rest } = splitLines(readFileSync(file))
    for (const [index, line] of lines.entries()) {
      const entry = readLine(line)
      const at = { file: name, line: index + 1, seq: head.seq + 1 }
      if (entry === undefined) return verdict({ ...at, kind: 'changed', why: 'it is not as it was written' })
      if (first === undefined && from !== undefined && entry.seq === from)
        head = { seq: from - 1, hash: entry.prev }
      const broken = misplaced(entry, head, { ...at, seq: head.seq + 1 }, lines.slice(index + 1))
      if (broken) return verdict(broken)
      first ??= entry.seq
      head = { seq: entry.seq, hash: entry.hash }
      entries++
      const other = heads.find(({ seq, hash }) => seq === entry.seq && hash !== entry.hash)
      if (other)
        return verdict({
          ...at,
          kind: 'changed',
          why: `it was another one when its hash was kept (${other.hash})`,
        })
    }
    if (rest.length > 0) {
      const at = { file: name, line: lines.length + 1, seq: head.seq + 1 }
      return verdict(
        name === currentName
          ? { ...at, kind: 'torn', why: 'it has no end; a bridge sets it aside when it starts' }
          : { ...at, kind: 'changed', why: 'it has no end' },
      )
    }
  }
  const furthest = heads.toSorted((a, b) => b.seq - a.seq)[0]
  if (furthest && furthest.seq > head.seq)
    return verdict({
      kind: 'truncated',
      file: undefined,
      line: undefined,
      seq: head.seq + 1,
      why: `entries ${head.seq + 1} to ${furthest.seq} were written and are not there`,
    })
  if (typeof kept !== 'object' && (entries > 0 || kept === 'unreadable')) {
    const why = `${kept === 'absent' ? 'there is no file of the head' : 'the file of the head can not be read'}, so nobody knows whether the end is missing`
    return verdict({ kind: 'no head', file: undefined, line: undefined, seq: head.seq + 1, why })
  }
  return verdict(undefined)
}

function misplaced(
  entry: AuditEntry,
  before: AuditHead,
  at: { readonly file: string; readonly line: number; readonly seq: number },
  following: readonly Buffer[],
): Broken | undefined {
  const wanted = before.seq + 1
  if (entry.seq === wanted && entry.prev === before.hash) return undefined
  if (entry.seq === wanted)
    return {
      ...at,
      kind: 'changed',
      why: `entry ${wanted} does not stand on the one before, which was another one`,
    }
  if (entry.seq < wanted)
    return { ...at, kind: 'reordered', why: `entry ${entry.seq} stands where entry ${wanted} belongs` }
  const later = following.some(line => readLine(line)?.seq === wanted)
  if (later) return { ...at, kind: 'reordered', why: `entry ${entry.seq} stands before entry ${wanted}` }
  const missing =
    entry.seq - 1 === wanted ? `entry ${wanted} is` : `entries ${wanted} to ${entry.seq - 1} are`
  return { ...at, kind: 'missing', why: `${missing} missing before entry ${entry.seq}` }
}

/** The entries of a log, oldest first, as far as they can be read; whether they are what was written, `verifyAudit` says. */
export function* readAudit(folder: string): Generator<AuditEntry> {
  for (const file of listFiles(folder)) {
    if (!existsSync(file)) continue
    for (const line of splitLines(readFileSync(file)).lines) {
      const entry = readLine(line)
      if (entry) yield entry
    }
  }
}
