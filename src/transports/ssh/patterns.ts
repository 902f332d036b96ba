/**
 * Whether a name matches a list of OpenSSH patterns: `*` and `?`, and a leading `!` that rules the name out
 * whatever else matches. Names compare without regard to case.
 *
 * @example
 * matchesPatterns('db1.closet', ['*.closet', '!web*']) // true
 */
export function matchesPatterns(name: string, patterns: readonly string[]): boolean {
  const lower = name.toLowerCase()
  let matched = false
  for (const pattern of patterns) {
    const negated = pattern.startsWith('!')
    if (!glob((negated ? pattern.slice(1) : pattern).toLowerCase(), lower)) continue
    if (negated) return false
    matched = true
  }
  return matched
}

/** Walks pattern and text once, going back only to the last star, so that no pattern can take exponential time. */
function glob(pattern: string, text: string): boolean {
  let at = 0
  let position = 0
  let star = -1
  let resume = 0
  while (position < text.length) {
    if (pattern[at] === '*') {
      star = at++
      resume = position
    } else if (at < pattern.length && (pattern[at] === '?' || pattern[at] === text[position])) {
      at++
      position++
    } else if (star >= 0) {
      at = star + 1
      position = ++resume
    } else return false
  }
  while (pattern[at] === '*') at++
  return at === pattern.length
}
