import { mkdir, open, rm, stat } from 'node:fs/promises'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { errnoOf } from '../trouble.ts'

/** A lock this old belongs to a process that died: the work under it takes milliseconds. */
const staleAfter = 10_000
const patience = 15_000

/** Within a process the appends of one file follow each other, so that they don't fight for the lock file. */
const queues = new Map<string, Promise<unknown>>()

/**
 * Appends what `decide` answers to a file, alone among all processes that use this function; `undefined`
 * appends nothing. Answers whether something was appended. Throws the file system's errors and `decide`'s.
 */
export function appendUnderLock(file: string, decide: () => Promise<string | undefined>): Promise<boolean> {
  const before = queues.get(file) ?? Promise.resolve()
  const mine = before.then(
    () => locked(file, decide),
    () => locked(file, decide),
  )
  queues.set(file, mine)
  const forget = () => {
    if (queues.get(file) === mine) queues.delete(file)
  }
  mine.then(forget, forget)
  return mine
}

async function locked(file: string, decide: () => Promise<string | undefined>): Promise<boolean> {
  await mkdir(path.dirname(file), { recursive: true, mode: 0o700 })
  const lock = `${file}.lock`
  await takeLock(lock)
  try {
    const line = await decide()
    if (line === undefined) return false
    await append(file, line)
    return true
  } finally {
    await rm(lock, { force: true })
  }
}

async function takeLock(lock: string): Promise<void> {
  const until = performance.now() + patience
  for (;;) {
    try {
      await (await open(lock, 'wx', 0o600)).close()
      return
    } catch (error) {
      if (errnoOf(error) !== 'EEXIST') throw error
      if (performance.now() > until)
        throw new Error(`${lock} is held by another process; remove it if there is none`, { cause: error })
      await removeIfStale(lock)
      await sleep(5 + Math.random() * 45)
    }
  }
}

async function removeIfStale(lock: string): Promise<void> {
  try {
    if (Date.now() - (await stat(lock)).mtimeMs > staleAfter) await rm(lock, { force: true })
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT') throw error
  }
}

async function append(file: string, line: string): Promise<void> {
  const handle = await open(file, 'a+', 0o600)
  try {
    const { size } = await handle.stat()
    const last = Buffer.alloc(1)
    // Somebody may have edited the file and left the last line open.
    if (size > 0) await handle.read(last, 0, 1, size - 1)
    await handle.appendFile(size > 0 && last[0] !== 0x0a ? `\n${line}` : line)
    await handle.datasync()
  } finally {
    await handle.close()
  }
}
