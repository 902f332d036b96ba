import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import process from 'node:process'
import { fileURLToPath } from 'node:url'

/** A process that a fault happens to. */
export interface Victim {
  readonly child: ChildProcess
  /** Resolves when it has said that it is at work; rejects when it ended before. */
  readonly ready: Promise<void>
  /** Resolves to its exit status or the signal that it was killed by. */
  readonly ended: Promise<number | NodeJS.Signals>
  /** Whether it still is. */
  running(): boolean
  /** What it said on stderr. */
  said(): string
  /** Asks something and waits for the answer. */
  ask<T>(question: string): Promise<T>
  kill(): Promise<void>
}

export interface VictimOptions {
  /** The command line that runs another one, as in a namespace. */
  enter?(argv: readonly string[]): readonly [string, ...string[]]
  readonly env?: Readonly<Record<string, string>> | undefined
}

const folder = fileURLToPath(new URL('victims/', import.meta.url))

/** Starts one of the programs of `victims`, or another by its full path, with its options in a file. */
export async function startVictim(
  program: string,
  options: { readonly file: string; readonly data: object },
  { enter = ([first, ...rest]) => [first!, ...rest], env = {} }: VictimOptions = {},
): Promise<Victim> {
  await writeFile(options.file, JSON.stringify(options.data), { mode: 0o600 })
  const [command, ...words] = enter([process.execPath, path.resolve(folder, program), options.file])
  const child = spawn(command, words, {
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    // What was compiled once is not compiled again at each start.
    env: { ...process.env, NODE_COMPILE_CACHE: path.join(path.dirname(options.file), 'compiled'), ...env },
  })
  let said = ''
  child.stderr!.setEncoding('utf8').on('data', (text: string) => {
    said = (said + text).slice(-20_000)
  })
  const ended = once(child, 'close').then(([code, signal]) => (signal ?? code) as number | NodeJS.Signals)
  const isReady = new Promise<void>(resolve =>
    child.on('message', message => {
      if (message === 'ready') resolve()
    }),
  )
  const early = ended.then(how => {
    throw new Error(`${program} ended with ${how}: ${said}`)
  })
  early.catch(() => {})
  const ready = Promise.race([isReady, early])
  ready.catch(() => {})
  return {
    child,
    ready,
    ended,
    running: () => child.exitCode === null && child.signalCode === null,
    said: () => said,
    async ask<T>(question: string) {
      const answer = new Promise<T>(resolve => child.once('message', value => resolve(value as T)))
      child.send(question, () => {})
      return Promise.race([answer, early])
    },
    async kill() {
      child.kill('SIGKILL')
      await ended
    },
  }
}
