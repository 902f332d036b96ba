import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { PassThrough, Writable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { onTestFinished } from 'vitest'
import type { CommandContext, Interrupt } from '../../src/cli/context.ts'
import { dispatch } from '../../src/cli/dispatch.ts'

export const root = fileURLToPath(new URL('../..', import.meta.url))

/** Makes a project as a user has it: its files, and re-ops and zod among its packages. */
export async function makeProject(files: Readonly<Record<string, string>>): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), 'reops-project-'))
  await mkdir(path.join(folder, 'node_modules'))
  await symlink(root, path.join(folder, 'node_modules', 're-ops'))
  await symlink(path.join(root, 'node_modules', 'zod'), path.join(folder, 'node_modules', 'zod'))
  for (const [name, text] of Object.entries(files)) {
    const file = path.join(folder, name)
    await mkdir(path.dirname(file), { recursive: true })
    await writeFile(file, text)
  }
  return folder
}

/** A project that goes away with the test. */
export async function project(files: Readonly<Record<string, string>> = {}): Promise<string> {
  const folder = await makeProject(files)
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  return folder
}

/** What a command did in this process. */
export interface Done {
  readonly status: number
  readonly stdout: string
  readonly stderr: string
}

/** A command under way in this process, with streams and signals of its own. */
export interface Calling {
  readonly done: Promise<Done>
  interrupt(signal: Interrupt): void
  /** The statuses by which it wanted to end the process at once. */
  readonly exits: readonly number[]
}

export interface CallOptions
  extends Partial<Pick<CommandContext, 'env' | 'transports' | 'providers' | 'roots' | 'bridge'>> {
  readonly stdin?: string
  /** What somebody types at a terminal. */
  readonly typed?: string
  readonly columns?: number
}

/** Starts a command in this process. With `columns`, its outputs are a terminal so wide. */
export function start(cwd: string, words: readonly string[], options: CallOptions = {}): Calling {
  const written = { stdout: '', stderr: '' }
  const stream = (name: keyof typeof written) =>
    Object.assign(
      new Writable({
        write(chunk, _encoding, done) {
          written[name] += String(chunk)
          done()
        },
      }),
      options.columns === undefined ? {} : { isTTY: true, columns: options.columns },
    )
  const listeners = new Set<(signal: Interrupt) => void>()
  const exits: number[] = []
  const interrupt = (signal: Interrupt) => {
    for (const listener of [...listeners]) listener(signal)
  }
  const done = dispatch(words, {
    cwd,
    env: { ...options.env },
    stdin: Object.assign(
      new PassThrough().end(options.typed ?? options.stdin ?? ''),
      options.typed === undefined ? {} : { isTTY: true },
    ),
    stdout: stream('stdout'),
    stderr: stream('stderr'),
    transports: options.transports,
    providers: options.providers,
    bridge: options.bridge,
    roots: options.roots,
    onInterrupt(listener) {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    interrupt: () => interrupt('SIGINT'),
    exit: status => void exits.push(status),
  }).then(status => ({ status, ...written }))
  return { done, interrupt, exits }
}

/** Runs a command in this process to its end. */
export function call(cwd: string, words: readonly string[], options?: CallOptions): Promise<Done> {
  return start(cwd, words, options).done
}
