import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync, readFileSync, rmSync, statSync } from 'node:fs'
import path from 'node:path'
import process from 'node:process'
import { setTimeout as sleep } from 'node:timers/promises'

let count = 0

/** A process of this folder. What it tells goes to a file, so that it never waits for us and no kill loses it. */
export interface Teller {
  /** Resolves when it has told something, or has ended. */
  first(): Promise<void>
  kill(): void
  /** How it ended, and what it had told and said on standard error by then. */
  readonly end: Promise<{ readonly how: number | string; readonly told: any[]; readonly errors: string }>
}

export function runProcess(script: 'writer.ts' | 'rival.ts', file: string, ...args: string[]): Teller {
  const toldTo = `${path.dirname(file)}.told-${++count}`
  const handle = openSync(toldTo, 'wx')
  const child = spawn(process.execPath, [path.join(import.meta.dirname, script), file, ...args], {
    stdio: ['ignore', handle, 'pipe'],
  })
  closeSync(handle)
  let errors = ''
  child.stderr?.on('data', (data: Buffer) => {
    errors += data
  })
  const running = () => child.exitCode === null && child.signalCode === null
  return {
    async first() {
      while (running() && statSync(toldTo).size === 0) await sleep(2)
    },
    kill: () => void child.kill('SIGKILL'),
    end: once(child, 'close').then(([code, signal]) => {
      // What comes after the last line's end was cut off by the kill.
      const lines = readFileSync(toldTo, 'utf8').split('\n').slice(0, -1)
      rmSync(toldTo)
      return { how: signal ?? code, told: lines.map(line => JSON.parse(line) as unknown), errors }
    }),
  }
}
