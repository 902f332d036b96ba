/**
 * What a stranger sent, made fit for a message: one line, no control characters, at most `limit` characters and an
 * ellipsis.
 */
export function oneLine(text: string, limit: number): string {
  const clean = text.replaceAll(/[^\x20-\x7e\u00a0-\uffff]+/g, ' ').trim()
  return clean.length > limit ? `${clean.slice(0, limit)}…` : clean
}
