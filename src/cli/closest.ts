/**
 * The name that was probably meant: the one with the fewest letters to change, if a third of them or less would do.
 *
 * @example
 * closest('lsiting', ['listing', 'upgrade']) // 'listing'
 */
export function closest(word: string, names: readonly string[]): string | undefined {
  const [best] = names
    .map(name => ({ name, distance: name.startsWith(word) && word.length > 1 ? 1 : distance(word, name) }))
    .filter(
      ({ name, distance }) => distance <= Math.max(1, Math.floor(Math.max(word.length, name.length) / 3)),
    )
    .sort((a, b) => a.distance - b.distance)
  return best?.name
}

/** Levenshtein's distance, with two swapped neighbours counted as one change. */
function distance(a: string, b: string): number {
  let before: number[] = []
  let row = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1] ? 0 : 1
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]
      next[j] = Math.min(
        row[j]! + 1,
        next[j - 1]! + 1,
        row[j - 1]! + same,
        swapped ? before[j - 2]! + 1 : Number.POSITIVE_INFINITY,
      )
    }
    before = row
    row = next
  }
  return row[b.length]!
}
