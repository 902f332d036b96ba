import { execFile } from 'node:child_process'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'

/** A real terminal of tmux's, with a plain shell in it. */
export interface Terminal {
  /** Types a line and presses Enter. */
  type(line: string): Promise<void>
  /** Waits for a text on the screen or scrolled off it, and answers all that was shown, with its colours. */
  until(text: string | ((shown: string) => boolean)): Promise<string>
  close(): Promise<void>
}

/** Nothing that is shown takes this long, in milliseconds. */
const patience = 90_000

/**
 * Opens a terminal of so many columns in a folder. Its shell has no profile, and a prompt of one character.
 *
 * @example
 * await using terminal = await openTerminal({ columns: 100, folder: '.', path: process.env.PATH })
 */
export async function openTerminal(options: {
  readonly columns: number
  readonly folder: string
  readonly path: string
}): Promise<Terminal & AsyncDisposable> {
  const tmux = async (...args: string[]) => {
    const { stdout } = await promisify(execFile)('tmux', ['-L', name, '-f', '/dev/null', ...args])
    return stdout
  }
  const name = `reops-pictures-${process.pid}-${opened++}`
  const shell = [
    'env',
    `PATH=${options.path}`,
    'PS1=$ ',
    'npm_config_loglevel=error',
    'bash',
    '--norc',
    '--noprofile',
  ]
  const size = ['-x', `${options.columns}`, '-y', '60']
  await tmux('new-session', '-d', ...size, '-c', options.folder, ...shell)
  const screen = () => tmux('capture-pane', '-e', '-J', '-p', '-S', '-')
  const close = async () => void (await tmux('kill-server'))
  return {
    async type(line) {
      await tmux('send-keys', '-l', line)
      await tmux('send-keys', 'Enter')
    },
    async until(text) {
      const deadline = performance.now() + patience
      for (;;) {
        const shown = await screen()
        const plain = withoutColours(shown)
        if (typeof text === 'string' ? plain.includes(text) : text(plain)) return shown
        if (performance.now() > deadline) throw new Error(`${text} never came; the terminal shows:\n${plain}`)
        await sleep(50)
      }
    },
    close,
    [Symbol.asyncDispose]: close,
  }
}

let opened = 0

/** Text without the sequences that colour it. */
export function withoutColours(text: string): string {
  return text.replace(/\u001b\[[\d;]*m/g, '')
}
