import { mkdirSync } from 'node:fs'
import { type Happened, openChainFile } from './chain-file.ts'
import type { AuditEvent, AuditHead } from './entry.ts'
import { AuditUnavailable } from './errors.ts'

export interface AuditOptions {
  /** A folder of its own, which is made where there is none. */
  readonly folder: string
  /** Says to a person what was found in the log, that it can't be written, and that it can again. */
  readonly say: (text: string) => void
  /** Bytes after which a file is closed and the next begins; 16 MiB. */
  readonly fileBytes?: number | undefined
  /** Milliseconds since the epoch. */
  readonly now?: (() => number) | undefined
}

/** An audit log that is open for writing. One process has it at a time. */
export interface AuditLog {
  /**
   * Resolves once the entry is on the disk: what must not happen unrecorded waits for it. Rejects with
   * `AuditUnavailable` when it can't be written; then it was not.
   */
  append(event: AuditEvent): Promise<void>
  /** For what has happened already: written as soon as it can be, and kept until then, up to a bound. */
  note(event: AuditEvent): void
  /** The last entry that is on the disk. */
  readonly head: AuditHead
  /** Why it can't be written at present. */
  readonly trouble: string | undefined
  /** Events that wait to be written. */
  readonly waiting: number
  /** Writes what waits, and closes. What can't be written is said. */
  close(): Promise<void>
}

const usualFileBytes = 16 * 1024 * 1024

/** Events that wait while the disk takes nothing; later ones are counted only. */
const mostWaiting = 10_000

const tryAgainMs = 2_000

/** Entries of one write. */
const mostAtOnce = 1_000

interface Wanted extends Happened {
  readonly answer?: { resolve(): void; reject(error: AuditUnavailable): void }
}

/**
 * Opens the log of a folder, after whatever happened to it.
 *
 * 1. An entry is confirmed when it and all before it are on the disk: what comes in while a write is under way is the
 *    next write, so that many share one wait for the disk.
 * 2. After a write that failed, the file is as it was before, and so is the chain.
 * 3. What somebody waits for rejects then; what nobody waits for is kept in its place and tried again.
 * 4. The head is written after the entries that it stands for.
 *
 * @example
 * const audit = openAuditLog({ folder: '.reops/bridge/audit', say: console.error })
 * await audit.append({ who: 'laptop', what: 'submit', job: 'nightly/1' })
 */
export function openAuditLog(options: AuditOptions): AuditLog {
  const { folder, say, fileBytes = usualFileBytes, now = Date.now } = options
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const file = openChainFile(folder, { say, fileBytes, now })
  let queue: Wanted[] = []
  /** Events for which there was no room. */
  let lost = 0
  let writing: Promise<void> | undefined
  let timer: NodeJS.Timeout | undefined
  let trouble: string | undefined
  let closed = false

  const begin = () => {
    writing ??= writeAll().finally(() => {
      writing = undefined
      // Something may have come in after the last look at the queue.
      if (queue.length > 0 && trouble === undefined) begin()
    })
  }
  const writeAll = async () => {
    while (queue.length > 0 || file.hasFound) {
      const group = queue.slice(0, mostAtOnce)
      try {
        await file.write(group)
      } catch (error) {
        return fail(error as Error)
      }
      queue = queue.slice(group.length)
      for (const { answer } of group) answer?.resolve()
      heal()
    }
  }
  const fail = (error: Error) => {
    const why = `the audit log in ${folder} can't be written: ${error.message}`
    const refused = queue.filter(({ answer }) => answer !== undefined)
    queue = queue.filter(({ answer }) => answer === undefined)
    if (trouble === undefined) {
      say(`${why}. No work is taken until it can be; see to its disk`)
      // Also what is tried until it can be written, where nothing else waits.
      queue.push({
        event: { who: 'bridge', what: 'audit', outcome: 'unwritable', why: error.message },
        at: now(),
      })
    }
    trouble = why
    for (const { answer } of refused) answer?.reject(new AuditUnavailable(why, { cause: error }))
    clearTimeout(timer)
    if (!closed) timer = setTimeout(begin, tryAgainMs).unref()
  }
  const heal = () => {
    if (trouble === undefined) return
    trouble = undefined
    say(`the audit log in ${folder} can be written again`)
    if (lost === 0) return
    const why = 'the disk took nothing for too long'
    queue.push({ event: { who: 'bridge', what: 'audit', outcome: 'lost', why, count: lost }, at: now() })
    lost = 0
  }
  const want = (wanted: Wanted) => {
    queue.push(wanted)
    begin()
  }

  if (file.hasFound) begin()
  return {
    append: event =>
      new Promise((resolve, reject) => {
        if (closed) reject(new AuditUnavailable(`the audit log in ${folder} is closed`))
        else want({ event, at: now(), answer: { resolve, reject } })
      }),
    note(event) {
      if (closed) return
      if (queue.length < mostWaiting) want({ event, at: now() })
      else lost++
    },
    get head() {
      return file.head
    },
    get trouble() {
      return trouble
    },
    get waiting() {
      return queue.length
    },
    async close() {
      if (closed) return
      closed = true
      clearTimeout(timer)
      begin()
      while (writing) await writing
      if (queue.length > 0) say(`${queue.length} events could not be written into the audit log in ${folder}`)
      await file.close()
    },
  }
}
