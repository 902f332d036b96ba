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
export async function askConsent(
  { stdin, stderr }: Pick<CommandContext, 'stdin' | 'stderr'>,
  question: string,
): Promise<boolean> {
  const asked = neutraliseLine(question)
  if (stdin.isTTY !== true || stderr.isTTY !== true)
    throw new UsageError(`nobody is here to be asked whether to ${asked}; --yes does it without asking`)
  stderr.write(`${asked[0]?.toUpperCase()}${asked.slice(1)}? [y/N] `)
  const lines = createInterface({ input: stdin, terminal: false })
  try {
    const answer = await new Promise<string>(resolve => {
      lines.once('line', resolve).once('close', () => resolve(''))
    })
    return /^\s*y(?:es)?\s*$/i.test(answer)
  } finally {
    lines.close()
  }
}
