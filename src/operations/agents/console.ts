import { stripVTControlCharacters } from 'node:util'
import type { Context } from '../../core/context.ts'
import { oneLine } from '../../core/one-line.ts'
import { HostTrouble } from '../../core/ports.ts'

/** Lines that are told as they come, of each host; whoever says more is heard at the end of it. */
const mostLines = 100
const longestLine = 200
const tailChars = 4_096

/** What a function says on its console: told line by line while it works, and its end kept for a failure. */
export interface Console {
  onOutput(stream: 'stdout' | 'stderr', chunk: Uint8Array): void
  /** An error with what was said before it. */
  withTail(error: unknown): unknown
}

/** Listens to one host's console. */
export function listenTo(host: string, { step, progress }: Pick<Context, 'step' | 'progress'>): Console {
  const decoder = new TextDecoder()
  let lines = 0
  let rest = ''
  let tail = ''
  return {
    onOutput(_stream, chunk) {
      const text = decoder.decode(chunk, { stream: true })
      tail = (tail + text).slice(-tailChars)
      const parts = (rest + text).split('\n')
      rest = (parts.pop() ?? '').slice(-longestLine)
      for (const part of parts) {
        const stage = oneLine(stripVTControlCharacters(part), longestLine)
        if (stage !== '' && lines++ < mostLines) progress({ kind: 'stage', step, host, stage })
      }
    },
    withTail: error =>
      error instanceof HostTrouble && tail !== ''
        ? new HostTrouble(error.code, error.message, {
            cause: error,
            detail: { ...error.detail, console: tail },
          })
        : error,
  }
}
