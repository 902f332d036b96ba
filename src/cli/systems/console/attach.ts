import type { Duplex } from 'node:stream'
import type { CommandContext } from '../../context.ts'
import { watchForLeave } from './escape.ts'

/** Why a console ended: somebody left it, or the far end closed it. */
export type Left = 'left' | 'closed'

/**
 * Puts a terminal in raw mode in front of a console until somebody leaves it or it is closed, and gives the terminal
 * back as it was, whatever happens. Rejects when the console fails, and by the signal.
 */
export async function attachTerminal(
  console: Duplex,
  { stdin, stdout }: Pick<CommandContext, 'stdin' | 'stdout'>,
  signal: AbortSignal,
): Promise<Left> {
  const watch = watchForLeave()
  stdin.setRawMode?.(true)
  stdin.resume()
  let stop = () => {}
  try {
    return await new Promise<Left>((resolve, reject) => {
      const type = (typed: Buffer | string) => {
        const { bytes, leave } = watch(Buffer.from(typed as Buffer))
        if (bytes.length > 0) console.write(bytes)
        if (leave) resolve('left')
      }
      const ended = () => resolve('left')
      const aborted = () => reject(signal.reason)
      stdin.on('data', type).once('end', ended)
      signal.addEventListener('abort', aborted, { once: true })
      if (signal.aborted) aborted()
      stop = () => {
        stdin.off('data', type).off('end', ended)
        signal.removeEventListener('abort', aborted)
      }
      show(console, stdout, () => resolve('closed'), reject)
    })
  } finally {
    stop()
    stdin.setRawMode?.(false)
    stdin.pause()
    console.destroy()
  }
}

/** Leads stdin to a console and its output to stdout, until the console closes, or a while after stdin has ended. */
export async function attachPipes(
  console: Duplex,
  { stdin, stdout }: Pick<CommandContext, 'stdin' | 'stdout'>,
  signal: AbortSignal,
  lingerMs: number,
): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  try {
    await new Promise<void>((resolve, reject) => {
      // An answer to what was typed last is still to come, and a console never says that it was the last.
      const linger = () => {
        clearTimeout(timer)
        timer = setTimeout(resolve, lingerMs)
      }
      stdin.once('end', () => {
        linger()
        console.on('data', linger)
      })
      stdin.on('data', chunk => void console.write(chunk))
      signal.addEventListener('abort', () => reject(signal.reason), { once: true })
      show(console, stdout, resolve, reject)
    })
  } finally {
    clearTimeout(timer)
    stdin.pause()
    console.destroy()
  }
}

/** A console speaks to the terminal as it is: that is what it is for. */
function show(
  console: Duplex,
  stdout: CommandContext['stdout'],
  closed: () => void,
  failed: (error: Error) => void,
): void {
  console.on('data', (said: Buffer) => {
    if (stdout.write(said)) return
    console.pause()
    stdout.once('drain', () => console.resume())
  })
  console.once('end', closed).once('close', closed).once('error', failed)
}
