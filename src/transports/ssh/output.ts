import { type FileHandle, mkdir, open, rm } from 'node:fs/promises'
import path from 'node:path'
import type { Kept } from '../../core/ports.ts'

/** One stream of a command's output: its tail in memory, and the whole in a file once it is larger. */
export interface Output {
  /** Takes a chunk. `true` asks the caller to pause until `onDrain`. Throws nothing; a full disk shows in `finish`. */
  push(chunk: Buffer): boolean
  /** The end as text, not starting in the middle of a character. */
  tail(): string
  /** Waits until the file is written. Throws the file system's error. */
  finish(): Promise<Kept | undefined>
}

interface OutputOptions {
  /** Bytes that stay inline. */
  readonly inlineLimit: number
  /** The file for what is larger. */
  readonly file: string
  /** Bytes after which `onOverflow` is called and nothing is kept any more. */
  readonly limit: number
  readonly onDrain: () => void
  readonly onOverflow: () => void
}

/** What may wait to be written before the host is asked to pause. */
const backlogLimit = 1_024 * 1_024

/** Makes an empty output. Nothing is written as long as it fits inline. */
export function createOutput({ inlineLimit, file, limit, onDrain, onOverflow }: OutputOptions): Output {
  let chunks: Buffer[] = []
  let inMemory = 0
  let bytes = 0
  let backlog = 0
  let spooling = false
  let handle: FileHandle | undefined
  let failure: unknown
  let writing: Promise<void> = Promise.resolve()

  const write = (data: Buffer) => {
    backlog += data.length
    writing = writing.then(async () => {
      try {
        if (failure !== undefined) return
        handle ??= await create(file)
        // writeFile goes on from where the last one ended, and writes everything.
        await handle.writeFile(data)
      } catch (error) {
        failure = error
      } finally {
        const wasOver = backlog > backlogLimit
        backlog -= data.length
        if (wasOver && backlog <= backlogLimit) onDrain()
      }
    })
  }
  const remember = (chunk: Buffer) => {
    chunks.push(chunk)
    inMemory += chunk.length
    // Dropped by whole chunks; `tail` cuts exactly.
    while (chunks.length > 1 && inMemory - (chunks[0]?.length ?? 0) >= inlineLimit)
      inMemory -= chunks.shift()?.length ?? 0
  }

  return {
    push(chunk) {
      if (bytes + chunk.length > limit) {
        onOverflow()
        return false
      }
      if (!spooling && bytes + chunk.length > inlineLimit) {
        spooling = true
        write(Buffer.concat(chunks))
      }
      bytes += chunk.length
      remember(chunk)
      if (spooling) write(chunk)
      return backlog > backlogLimit
    },
    tail() {
      const all = Buffer.concat(chunks)
      const end = all.subarray(Math.max(0, all.length - inlineLimit))
      return (end.length < bytes ? fromCharacter(end) : end).toString('utf8')
    },
    async finish() {
      await writing
      await handle?.close()
      if (failure !== undefined) {
        await rm(file, { force: true })
        throw failure
      }
      chunks = [Buffer.concat(chunks)]
      return spooling ? { bytes, ref: file } : undefined
    },
  }
}

async function create(file: string): Promise<FileHandle> {
  await mkdir(path.dirname(file), { recursive: true, mode: 0o700 })
  return open(file, 'wx', 0o600)
}

/** Drops the continuation bytes of a character that begins before the cut; there are three at most. */
function fromCharacter(bytes: Buffer): Buffer {
  let start = 0
  while (start < 3 && ((bytes[start] ?? 0) & 0xc0) === 0x80) start++
  return bytes.subarray(start)
}
