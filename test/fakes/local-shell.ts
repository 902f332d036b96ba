import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import type { HostsPort } from '../../src/core/context.ts'
import { type CommandOptions, type CommandResult, HostTrouble } from '../../src/core/ports.ts'
import { quote } from '../../src/core/quote.ts'

/** Where and how the commands run. */
export interface LocalShell {
  /** The folder that commands start in. */
  readonly folder: string
  readonly env?: Readonly<Record<string, string>>
  /** The POSIX shell that plays the login shell; `/bin/sh` when left out. */
  readonly shell?: readonly [string, ...string[]]
}

/**
 * Hosts whose commands run for real in this machine's shell, quoted as a transport quotes them. A command that is
 * too slow or cancelled is ended with its process group. Files can't be transferred.
 */
export function localShell(local: LocalShell): HostsPort {
  const refuse = async (): Promise<never> => {
    throw new HostTrouble('exception', 'the local shell transfers no files')
  }
  return {
    concurrency: 8,
    timeout: 20_000,
    open: async () => ({
      exec: (command, options) => execute(local, command, options),
      upload: refuse,
      download: refuse,
      sync: refuse,
    }),
  }
}

async function execute(
  { folder, env, shell = ['/bin/sh'] }: LocalShell,
  command: readonly string[] | string,
  options: CommandOptions,
): Promise<CommandResult> {
  // A list takes the place of the shell, as over SSH, so that a signal which ends it is seen.
  const line = typeof command === 'string' ? command : `exec ${quote(command)}`
  const [program, ...first] = shell
  const child = spawn(program, [...first, '-c', line], {
    cwd: folder,
    env: { PATH: process.env.PATH, HOME: folder, ...env, ...options.env },
    detached: true,
  })
  const end = () => process.kill(-child.pid!, 'SIGKILL')
  const bounds = [options.signal, AbortSignal.timeout(options.timeout ?? 20_000)]
  const bound = AbortSignal.any(bounds)
  bound.addEventListener('abort', end, { once: true })
  // A command that doesn't read all of its input closes it early, and that is no trouble.
  child.stdin.on('error', () => undefined)
  child.stdin.end(options.stdin ?? '')
  const [stdout, stderr, [exit, signal]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'close') as Promise<[number | null, NodeJS.Signals | null]>,
  ])
  bound.removeEventListener('abort', end)
  if (options.signal.aborted) throw new HostTrouble('cancelled', 'cancelled')
  if (bound.aborted) throw new HostTrouble('timeout', 'too slow')
  return { stdout, stderr, exit, ...(signal ? { signal } : {}) }
}
