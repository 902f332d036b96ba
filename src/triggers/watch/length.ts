const units = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['min', 60_000],
  ['s', 1_000],
] as const

/**
 * A length of time in words, in its two largest units.
 *
 * @example
 * lengthText(3_725_000) // '1 h 2 min'
 */
export function lengthText(ms: number): string {
  const parts: string[] = []
  let rest = Math.max(0, Math.round(ms / 1_000) * 1_000)
  for (const [name, size] of units) {
    const count = Math.floor(rest / size)
    rest -= count * size
    if (count > 0) parts.push(`${count} ${name}`)
    else if (parts.length > 0) break
    if (parts.length === 2) break
  }
  return parts.join(' ') || '0 s'
}
