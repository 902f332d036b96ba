import { createInterface } from 'node:readline'
import { neutraliseLine } from '../../operations/output/format/neutralise.ts'
import type { CommandContext } from '../context.ts'
import { UsageError } from '../usage-error.ts'

/**
 * Asks before something is done that can't be taken back, on a terminal; only `y` and `yes` agree. Throws `UsageError`
 * where nobody is there to ask. `question` names what will be touched, such as `destroy redis-1 and redis-2`.
 *
 * @example
 * if (!given(args, 'yes') && !(await askConsent(context, 'destroy redis-1 and redis-2'))) return 1
 */
export async function askConsent(asked: Asked, question: string): Promise<boolean> {
  const words = neutraliseLine(question)
  refuseAlone(asked, words)
  return /^\s*y(?:es)?\s*$/i.test(await ask(asked, `${words[0]?.toUpperCase()}${words.slice(1)}? [y/N] `))
}

/**
 * Asks for a word to be typed before something is done that destroys. `question` is what would be done, as in
 * `askConsent`, and `word` is what agrees: a name, or how many there are.
 */
export async function askTyped(asked: Asked, question: string, word: string): Promise<boolean> {
  refuseAlone(asked, neutraliseLine(question))
  const agreed = neutraliseLine(word)
  return (await ask(asked, `Type ${agreed} to ${neutraliseLine(question)}: `)).trim() === agreed
}

/** Whether somebody is there to be asked. */
export function canAsk({ stdin, stderr }: Asked): boolean {
  return stdin.isTTY === true && stderr.isTTY === true
}

type Asked = Pick<CommandContext, 'stdin' | 'stderr'>

function refuseAlone(asked: Asked, question: string): void {
  if (!canAsk(asked))
    throw new UsageError(`nobody is here to be asked whether to ${question}; --yes does it without asking`)
}

async function ask({ stdin, stderr }: Asked, question: string): Promise<string> {
  stderr.write(question)
  const lines = createInterface({ input: stdin, terminal: false })
  try {
    return await new Promise<string>(resolve => {
      lines.once('line', resolve).once('close', () => resolve(''))
    })
  } finally {
    lines.close()
  }
}
