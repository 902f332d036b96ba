import { type ChildProcess, spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { mkdirSync, writeFileSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import path from 'node:path'

/** What became of a script. */
export interface Ran {
  readonly stdout: Buffer
  readonly stderr: Buffer
  /** The plug-in's response code: an exit status, 137 when the agent killed it, -1 when a signal of another's did. */
  readonly code: number
  readonly why: 'ended' | 'cancelled' | 'timed out'
}

/** A script under way. */
export interface Script {
  readonly ended: Promise<Ran>
  cancel(): void
}

/**
 * Executes a script as the SSM agent does it: in a file of its own, by `sh -c`, in a process group of its own that is
 * killed as a whole, and over when nothing holds its output any more. `folder` is the instance's home.
 */
export function runScript(
  folder: string,
  commands: readonly string[],
  seconds: number,
  env: Readonly<Record<string, string>>,
): Script {
  const place = path.join(folder, '..', `orchestration-${randomUUID()}`)
  mkdirSync(place, { recursive: true })
  const file = path.join(place, '_script.sh')
  writeFileSync(file, `${commands.join('\n')}\n`, { mode: 0o700 })
  const child = spawn('sh', ['-c', file, ''], {
    cwd: place,
    env: { PATH: process.env.PATH, ...env },
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const chunks = { stdout: [] as Buffer[], stderr: [] as Buffer[] }
  let why: Ran['why'] = 'ended'
  child.stdout.on('data', (chunk: Buffer) => chunks.stdout.push(chunk))
  child.stderr.on('data', (chunk: Buffer) => chunks.stderr.push(chunk))
  const kill = (reason: Ran['why']) => {
    if (why !== 'ended') return
    why = reason
    killGroup(child)
  }
  const timer = setTimeout(kill, seconds * 1_000, 'timed out')
  const { promise, resolve } = Promise.withResolvers<Ran>()
  child.on('close', async (code, signal) => {
    clearTimeout(timer)
    await rm(place, { recursive: true, force: true })
    const [stdout, stderr] = [Buffer.concat(chunks.stdout), Buffer.concat(chunks.stderr)]
    resolve({ stdout, stderr, code: why !== 'ended' ? 137 : signal ? -1 : (code ?? -1), why })
  })
  return { ended: promise, cancel: () => kill('cancelled') }
}

function killGroup({ pid }: ChildProcess): void {
  try {
    if (pid !== undefined) process.kill(-pid, 'SIGKILL')
  } catch {
    // It has just ended by itself.
  }
}
