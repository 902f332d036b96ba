import type { CommandContext } from '../context.ts'

type Ask = (keyPath: string) => Promise<string | undefined>

/**
 * Lets a passphrase be asked for while a prompt has the terminal: meanwhile the prompt hears no key, so that nothing
 * of the answer ends up in its line or in its history.
 */
export function awayFromPrompt(
  { stdin }: Pick<CommandContext, 'stdin'>,
  ask: Ask | undefined,
): Ask | undefined {
  if (ask === undefined) return undefined
  return async keyPath => {
    const listeners = stdin.listeners('data') as ((chunk: Buffer) => void)[]
    for (const listener of listeners) stdin.off('data', listener)
    try {
      return await ask(keyPath)
    } finally {
      for (const listener of listeners) stdin.on('data', listener)
      if (listeners.length > 0) {
        stdin.setRawMode?.(true)
        stdin.resume()
      }
    }
  }
}
