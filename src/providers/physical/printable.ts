import { oneLine } from '../../core/one-line.ts'

/** What a stranger said, made fit for a message: one line, no control characters, at most `limit` characters. */
export function printable(text: string, limit = 300): string {
  return oneLine(text, limit)
}
