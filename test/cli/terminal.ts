import { execFile } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { quote } from '../../src/core/quote.ts'
import { plainEnvironment, reops } from './command.ts'

const call = promisify(execFile)

/** Milliseconds until something that should appear counts as missing. */
const deadline = 15_000

/** A command on a real terminal. */
export interface Terminal {
  /** Types text as it is. */
  type(text: string): Promise<void>
  /** Presses keys by tmux's names: `Enter`, `Tab`, `C-c`, `Up`. */
  press(...keys: string[]): Promise<void>
  /** What is on the screen and above it, without trailing blanks. */
  screen(): Promise<string>
  /** Waits until the screen shows it, and answers the screen. */
  shows(what: string | RegExp): Promise<string>
  /** Waits until the cursor stands in this column, counted from zero. */
  cursorAt(column: number): Promise<void>
  close(): Promise<void>
}

/** Opens a terminal (tmux, with a server of its own) in which the command runs; `left with N` follows its end. */
export async function openTerminal(
  words: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Terminal> {
  const sockets = await mkdtemp(path.join(tmpdir(), 'reops-tmux-'))
  const name = randomUUID().slice(0, 8)
  const options = { env: { ...plainEnvironment(), LC_ALL: 'C.UTF-8', ...env, TMUX_TMPDIR: sockets } }
  const tmux = async (...args: string[]) =>
    (await call('tmux', ['-L', name, '-f', '/dev/null', ...args], options)).stdout
  // While Node evaluates, the terminal sends Ctrl-C to everybody in front of it: also to the shell, which stays.
  const command = `trap : INT; ${quote([process.execPath, reops, ...words])}; echo left with $?; exec cat`
  await tmux('new-session', '-d', '-x', '110', '-y', '40', command)

  const screen = async () => (await tmux('capture-pane', '-p', '-J', '-S', '-')).trimEnd()
  return {
    type: async text => void (await tmux('send-keys', '-l', '--', text)),
    press: async (...keys) => void (await tmux('send-keys', ...keys)),
    screen,
    shows: async what => {
      const until = performance.now() + deadline
      for (;;) {
        const shown = await screen()
        if (typeof what === 'string' ? shown.includes(what) : what.test(shown)) return shown
        if (performance.now() > until || /^left with \d+$/m.test(shown))
          throw new Error(`the screen never showed ${what}; it shows:\n${shown}`)
        await sleep(50)
      }
    },
    cursorAt: async column => {
      const until = performance.now() + deadline
      for (;;) {
        const at = Number(await tmux('display-message', '-p', '#{cursor_x}'))
        if (at === column) return
        if (performance.now() > until)
          throw new Error(`the cursor stands at ${at}, not at ${column}:\n${await screen()}`)
        await sleep(50)
      }
    },
    close: async () => {
      await tmux('kill-server')
      await rm(sockets, { recursive: true, force: true })
    },
  }
}
