import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'

/** The real binary. */
export const reops = fileURLToPath(new URL('../../bin/reops.js', import.meta.url))

/** How a command ended, and what it said. */
export interface Said {
  readonly status: number | null
  readonly stdout: string
  readonly stderr: string
}

/** A command under way, without a terminal. */
export interface Started {
  readonly child: ChildProcessWithoutNullStreams
  /** Waits until it has said so on stdout. */
  said(text: string): Promise<void>
  readonly ended: Promise<Said>
}

/** Starts the command with these words. It is killed after so many milliseconds. */
export function start(
  words: readonly string[],
  env: Readonly<Record<string, string>> = {},
  timeout = 20_000,
): Started {
  const child = spawn(process.execPath, [reops, ...words], {
    env: { ...plainEnvironment(), ...env },
    timeout,
    killSignal: 'SIGKILL',
  })
  let stdout = ''
  let stderr = ''
  child.stdout.on('data', chunk => {
    stdout += chunk
  })
  child.stderr.on('data', chunk => {
    stderr += chunk
  })
  const ended = new Promise<Said>(resolve => child.on('close', status => resolve({ status, stdout, stderr })))
  return {
    child,
    ended,
    said: async text => {
      const heard = new Promise<true>(resolve => {
        const listen = () => stdout.includes(text) && resolve(true)
        child.stdout.on('data', listen)
        listen()
      })
      const over = ended.then(said => {
        throw new Error(`it ended without saying ${JSON.stringify(text)}: ${JSON.stringify(said)}`)
      })
      await Promise.race([heard, stdout.includes(text) ? heard : over])
    },
  }
}

/** Ours without what changes colours, configuration or state. */
export function plainEnvironment(): Record<string, string | undefined> {
  const { FORCE_COLOR, NO_COLOR, REOPS_CONFIG, REOPS_STATE, SSH_AUTH_SOCK, ...rest } = process.env
  return rest
}
