import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, existsSync, openSync, readFileSync, rmSync, statSync } from 'node:fs'
import path from 'node:path'
import process from 'node:process'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { buildSync } from 'esbuild'

const scripts = {
  writer: fileURLToPath(new URL('./writer.ts', import.meta.url)),
  rival: fileURLToPath(new URL('./rival.ts', import.meta.url)),
  contender: fileURLToPath(new URL('./contender.ts', import.meta.url)),
}
const deadlineMs = 20_000
let count = 0

/** A process of this folder. What it tells goes to a file, so that it never waits for us and no kill loses it. */
export interface Teller {
  /** Resolves when it has told so many bytes, or has ended. */
  hasTold(bytes: number): Promise<void>
  kill(): void
  /** How it ended, and what it had told and said on standard error by then. */
  readonly end: Promise<{ readonly how: number | string; readonly told: any[]; readonly errors: string }>
}

/** Starts a process over a database. Its files lie beside the database's folder. */
export function runProcess(script: keyof typeof scripts, file: string, ...args: string[]): Teller {
  const toldTo = `${path.dirname(file)}.told-${++count}`
  const handle = openSync(toldTo, 'wx')
  const child = spawn(process.execPath, [bundled(script, path.dirname(file)), file, ...args], {
    stdio: ['ignore', handle, 'pipe'],
  })
  closeSync(handle)
  let errors = ''
  child.stderr?.on('data', (data: Buffer) => {
    errors += data
  })
  const running = () => child.exitCode === null && child.signalCode === null
  return {
    async hasTold(bytes) {
      const deadline = performance.now() + deadlineMs
      while (running() && statSync(toldTo).size < bytes && performance.now() < deadline) await sleep(1)
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

/** One file starts several times as fast as thirty in TypeScript, and a hundred are started. */
function bundled(script: keyof typeof scripts, folder: string): string {
  const outfile = path.join(path.dirname(folder), `${script}.mjs`)
  if (!existsSync(outfile))
    buildSync({ entryPoints: [scripts[script]], outfile, bundle: true, platform: 'node', format: 'esm' })
  return outfile
}
