/** Recorded words that stand for anything. */
const wildcards = new Set(['timestamp', 'date', 'uuid'])

/**
 * Where two values differ, or undefined when ours is what was recorded. Recordings hold JSON text in some
 * places where AWS had text, and the parsed value in others, so either form will do.
 */
export function differs(recorded: unknown, ours: unknown, path = '$'): string | undefined {
  if (typeof recorded === 'string') {
    if (wildcards.has(recorded) || recorded === ours) return undefined
    if (typeof ours === 'string' && patternOf(recorded).test(ours)) return undefined
    const parsed = parsedOf(recorded)
    if (parsed !== undefined && parsed.value !== recorded && differs(parsed.value, ours, path) === undefined)
      return undefined
    return said(recorded, ours, path)
  }
  if (typeof recorded !== 'object' || recorded === null) {
    const parsed = parsedOf(ours)
    const same = recorded === ours || (parsed !== undefined && parsed.value === recorded)
    return same ? undefined : said(recorded, ours, path)
  }
  if (typeof ours === 'string') {
    const parsed = parsedOf(ours)
    return parsed === undefined ? said(recorded, ours, path) : differs(recorded, parsed.value, path)
  }
  if (typeof ours !== 'object' || ours === null || Array.isArray(recorded) !== Array.isArray(ours))
    return said(recorded, ours, path)
  const keys = new Set([...Object.keys(recorded), ...Object.keys(ours)])
  for (const key of keys) {
    const found = differs((recorded as any)[key], (ours as any)[key], `${path}.${key}`)
    if (found !== undefined) return found
  }
  return undefined
}

function patternOf(text: string): RegExp {
  const parts = text.split(/<[^<>]*>/).map(part => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
  return new RegExp(`^${parts.join('[^]*')}$`)
}

function parsedOf(text: unknown): { value: unknown } | undefined {
  if (typeof text !== 'string') return undefined
  try {
    return { value: JSON.parse(text) }
  } catch {
    // It is text and not JSON, which is an answer and no error.
    return undefined
  }
}

function said(recorded: unknown, ours: unknown, path: string): string {
  return `${path}: AWS has ${JSON.stringify(recorded)}, we have ${JSON.stringify(ours)}`
}
