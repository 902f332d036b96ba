import { createInterface } from 'node:readline'
import type { REPLServer } from 'node:repl'
import type { Readable } from 'node:stream'
import type { Evaluator } from './evaluate.ts'

/**
 * Gives a prompt the lines of a stream, each when the one before is done, as a person would. Answers 0 at the end of
 * the stream or after `.exit`, and 1 when a line threw or the last one was not complete.
 */
export async function feedLines(server: REPLServer, input: Readable, evaluator: Evaluator): Promise<number> {
  const lines = createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })
  let left = false
  let threw = false
  const leaving = new Promise<void>(resolve =>
    server.once('exit', () => {
      left = true
      lines.close()
      resolve()
    }),
  )
  for await (const line of lines) {
    const ready = nextPrompt(server)
    server.emit('line', line)
    await Promise.race([ready, leaving])
    threw ||= evaluator.verdict === 'threw'
    if (left) break
  }
  if (!left) server.close()
  if (evaluator.verdict !== 'incomplete') return threw ? 1 : 0
  server.output.write('SyntaxError: the input ended in the middle of an expression\n')
  return 1
}

/** When a line is done, a prompt would come next. Nobody is there to see it. */
function nextPrompt(server: REPLServer): Promise<void> {
  return new Promise(resolve => {
    server.displayPrompt = () => resolve()
  })
}
