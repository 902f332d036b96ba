import { renameSync } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import path from 'node:path'
import { type AuditEvent, type AuditHead, beginning, chain } from './entry.ts'
import { closedName, currentFile } from './files.ts'
import { openHead } from './head.ts'
import { recover } from './recover.ts'

/** Something that happened, and when: milliseconds since the epoch. */
export interface Happened {
  readonly event: AuditEvent
  readonly at: number
}

/** The file that a log is written into, and the chain that goes on in it. */
export interface ChainFile {
  readonly head: AuditHead
  /** Whether there is something to be written that was found in the log itself. */
  readonly hasFound: boolean
  /** Resolves once these are on the disk. When it rejects, file and chain are as they were. One call at a time. */
  write(group: readonly Happened[]): Promise<void>
  close(): Promise<void>
}

/** Opens the log of a folder, after whatever happened to it. `fileBytes` are those after which the next file begins. */
export function openChainFile(
  folder: string,
  { say, fileBytes, now }: { say(text: string): void; readonly fileBytes: number; now(): number },
): ChainFile {
  let head: AuditHead = beginning
  /** Of the current file: its length, and its first entry. */
  let bytes = 0
  let first: number | undefined
  let handle: FileHandle | undefined
  let found: Happened[] = []

  const goOn = () => {
    const recovered = recover(folder, now())
    head = recovered.head
    bytes = recovered.bytes
    first = recovered.first
    for (const { event, words } of recovered.found) {
      say(words)
      found.push({ event, at: now() })
    }
  }
  const leave = async () => {
    const left = handle
    handle = undefined
    await left?.close()
  }
  /** The file as we left it. Where it is not, somebody else was at it, or a write could not be taken back. */
  const ready = async (): Promise<FileHandle> => {
    handle ??= await open(currentFile(folder), 'a', 0o600)
    const { size, nlink } = await handle.stat()
    if (size !== bytes || nlink === 0) {
      await leave()
      goOn()
      handle = await open(currentFile(folder), 'a', 0o600)
    }
    if (bytes === 0) await syncFolder(folder)
    return handle
  }
  /** What may fail without harm to what was written; the next group tries it again. */
  const follow = async () => {
    try {
      keeper.write(head)
      if (bytes < fileBytes || first === undefined) return
      await leave()
      renameSync(currentFile(folder), path.join(folder, closedName(first)))
      first = undefined
      bytes = 0
    } catch (error) {
      say(`the audit log in ${folder}: ${(error as Error).message}`)
    }
  }

  goOn()
  const keeper = openHead(folder, head)
  return {
    get head() {
      return head
    },
    get hasFound() {
      return found.length > 0
    },
    async write(group) {
      const file = await ready()
      let next = head
      const lines = [...found, ...group].map(({ event, at }) => {
        const linked = chain(event, next, at)
        next = linked.head
        return linked.line
      })
      const text = Buffer.from(lines.join(''))
      try {
        for (let at = 0; at < text.length; ) at += (await file.write(text, at)).bytesWritten
        await file.datasync()
      } catch (error) {
        await file.truncate(bytes)
        throw error
      }
      first ??= head.seq + 1
      bytes += text.length
      head = next
      found = []
      await follow()
    },
    async close() {
      await leave()
      keeper.close()
    },
  }
}

/** Makes the name of a new file as durable as what is in it. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}
