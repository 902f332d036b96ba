import { StringDecoder } from 'node:string_decoder'
import { neutraliseLine } from '../../operations/output/format/neutralise.ts'
import type { CommandContext } from '../context.ts'

/** What the keys of a terminal in raw mode send. */
const key = { interrupt: '\u0003', end: '\u0004', erase: '\u007f', backspace: '\b', clear: '\u0015' } as const

/**
 * Makes the question for a key's passphrase: on a terminal, without an echo, one question at a time. Answers nothing
 * where nobody is there to ask. An empty answer, Ctrl-D and Ctrl-C decline.
 */
export function passphrasePrompt(
  context: CommandContext,
  pause: () => () => void,
): ((keyPath: string) => Promise<string | undefined>) | undefined {
  const { stdin, stderr } = context
  if (stdin.isTTY !== true || stderr.isTTY !== true || stdin.setRawMode === undefined) return undefined
  let before: Promise<unknown> = Promise.resolve()
  return keyPath => {
    const asked = before.then(async () => {
      const resume = pause()
      stderr.write(`Passphrase of ${neutraliseLine(keyPath)}: `)
      try {
        return await readSecret(context)
      } finally {
        stderr.write('\n')
        resume()
      }
    })
    before = asked.catch(() => undefined)
    return asked
  }
}

async function readSecret({ stdin, interrupt }: CommandContext): Promise<string | undefined> {
  const decoder = new StringDecoder('utf8')
  let secret: string[] = []
  stdin.setRawMode?.(true)
  stdin.resume()
  try {
    return await new Promise(resolve => {
      const take = (chunk: Buffer) => {
        for (const character of decoder.write(chunk)) {
          if (character === '\r' || character === '\n') return done(secret.join('') || undefined)
          if (character === key.interrupt) interrupt()
          if (character === key.interrupt || character === key.end) return done(undefined)
          if (character === key.clear) secret = []
          else if (character === key.erase || character === key.backspace) secret.pop()
          else if (character >= ' ') secret.push(character)
        }
      }
      const ended = () => done(undefined)
      const done = (answer: string | undefined) => {
        stdin.off('data', take).off('end', ended)
        resolve(answer)
      }
      stdin.on('data', take).once('end', ended)
    })
  } finally {
    stdin.setRawMode?.(false)
    stdin.pause()
  }
}
