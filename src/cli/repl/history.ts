import { mkdirSync } from 'node:fs'
import path from 'node:path'
import type { REPLServer } from 'node:repl'
import { setTimeout as sleep } from 'node:timers/promises'

/** Milliseconds that writing the last lines may take when the prompt is left. */
const deadline = 1_000

/**
 * Keeps what is typed in a file that only its owner reads, and brings back what was typed before. The answer waits
 * until the last line is written.
 */
export function keepHistory(server: REPLServer, file: string): () => Promise<void> {
  mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 })
  let writing: Promise<void> | undefined
  let written: () => void = () => {}
  server.on('line', () => {
    writing ??= new Promise(resolve => {
      written = resolve
    })
  })
  server.on('flushHistory', () => {
    writing = undefined
    written()
  })
  // Where the file can't be opened, Node says so at the prompt and goes on without it.
  server.setupHistory(file, () => {})
  return async () => {
    const giveUp = new AbortController()
    await Promise.race([writing, sleep(deadline, undefined, { signal: giveUp.signal }).catch(() => {})])
    giveUp.abort()
  }
}
