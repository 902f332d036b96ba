/** What a stranger said, made fit for a message: one line, no control characters, at most `limit` characters. */
export function printable(text: string, limit = 300): string {
  const line = text.replaceAll(/[^\x20-\x7e\u00a0-\uffff]+/g, ' ').trim()
  return line.length > limit ? `${line.slice(0, limit)}…` : line
}
