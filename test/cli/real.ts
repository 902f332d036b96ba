import { execFile, spawn } from 'node:child_process'
import path from 'node:path'
import { root } from './harness.ts'

export const binary = path.join(root, 'bin', 'reops.js')

/** How the real command ended. */
export interface Ended {
  readonly status: number | null
  readonly stdout: string
  readonly stderr: string
}

export interface RealOptions {
  readonly cwd: string
  readonly env?: Readonly<Record<string, string>>
  readonly stdin?: string
  /** Arguments of node itself. */
  readonly node?: readonly string[]
}

/** This process' environment without what decides about colours, configuration or keys. */
export function environment(more: Readonly<Record<string, string>> = {}): Record<string, string | undefined> {
  const {
    FORCE_COLOR,
    NO_COLOR,
    REOPS_BRIDGE,
    REOPS_CONFIG,
    REOPS_STATE,
    REOPS_DEBUG,
    SSH_AUTH_SOCK,
    ...rest
  } = process.env
  return { ...rest, ...more }
}

/** Runs the real command to its end; it is killed after twenty seconds. */
export function reops(words: readonly string[], { cwd, env, stdin, node = [] }: RealOptions): Promise<Ended> {
  return new Promise(resolve => {
    const child = execFile(
      process.execPath,
      [...node, binary, ...words],
      { cwd, env: environment(env), timeout: 20_000, killSignal: 'SIGKILL', maxBuffer: 64 * 1024 * 1024 },
      (_error, stdout, stderr) => resolve({ status: child.exitCode, stdout, stderr }),
    )
    child.stdin?.end(stdin ?? '')
  })
}

/** Starts the real command with pipes, for a test that stops it. */
export function startReops(words: readonly string[], cwd: string) {
  const child = spawn(process.execPath, [binary, ...words], {
    cwd,
    env: environment(),
    timeout: 20_000,
    killSignal: 'SIGKILL',
  })
  const written = { stdout: '', stderr: '' }
  child.stdout.on('data', chunk => {
    written.stdout += String(chunk)
  })
  child.stderr.on('data', chunk => {
    written.stderr += String(chunk)
  })
  const ended = new Promise<Ended>(resolve => child.on('close', status => resolve({ status, ...written })))
  return { child, ended }
}
