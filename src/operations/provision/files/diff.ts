/** What is compared and what is shown at most: lines, and bytes of the answer. */
const mostLines = 2_000
const mostBytes = 8_192
/** Lines that are shown around a change. */
const around = 3

interface Line {
  readonly sign: ' ' | '-' | '+'
  readonly text: string
}

/**
 * How one text becomes another, as `diff -u` writes it, no longer than 8 KiB. What is not text, or is too long to be
 * compared, is told in a sentence.
 */
export function unifiedDiff(path: string, before: string, after: string): string {
  if (before === after) return ''
  const [old, now] = [lines(before), lines(after)]
  if (before.includes('\0') || after.includes('\0')) return `${path} is not text`
  if (old.length > mostLines || now.length > mostLines)
    return `${path} has ${old.length} lines and would have ${now.length}, too many to show how they differ`
  const head = `--- ${path}\n+++ ${path}\n`
  return cut(head + hunks(script(old, now)).join(''))
}

/** Each line with its own end, so that a missing one at the end of the file is a difference. */
function lines(text: string): string[] {
  return text === '' ? [] : (text.match(/[^\n]*\n|[^\n]+$/g) ?? [])
}

/** Keeps what both begin and end with, and finds the longest common lines of what is between. */
function script(old: readonly string[], now: readonly string[]): Line[] {
  let start = 0
  while (start < old.length && start < now.length && old[start] === now[start]) start++
  let end = 0
  while (end < old.length - start && end < now.length - start && old.at(-1 - end) === now.at(-1 - end)) end++
  const same = (text: string): Line => ({ sign: ' ', text })
  return [
    ...old.slice(0, start).map(same),
    ...between(old.slice(start, old.length - end), now.slice(start, now.length - end)),
    ...old.slice(old.length - end).map(same),
  ]
}

function between(old: readonly string[], now: readonly string[]): Line[] {
  const width = now.length + 1
  // The length of the longest common part of what is left of both, from each place on.
  const longest = new Uint16Array((old.length + 1) * width)
  for (let a = old.length - 1; a >= 0; a--)
    for (let b = now.length - 1; b >= 0; b--)
      longest[a * width + b] =
        old[a] === now[b]
          ? 1 + longest[(a + 1) * width + b + 1]!
          : Math.max(longest[(a + 1) * width + b]!, longest[a * width + b + 1]!)
  const found: Line[] = []
  let [a, b] = [0, 0]
  while (a < old.length || b < now.length) {
    if (a < old.length && b < now.length && old[a] === now[b]) {
      found.push({ sign: ' ', text: old[a]! })
      a++
      b++
    } else if (
      b >= now.length ||
      (a < old.length && longest[(a + 1) * width + b]! >= longest[a * width + b + 1]!)
    )
      found.push({ sign: '-', text: old[a++]! })
    else found.push({ sign: '+', text: now[b++]! })
  }
  return found
}

function hunks(all: readonly Line[]): string[] {
  const shown: string[] = []
  let [oldLine, newLine] = [1, 1]
  for (let at = 0; at < all.length; ) {
    const next = all.findIndex(({ sign }, index) => index >= at && sign !== ' ')
    if (next === -1) break
    const from = Math.max(at, next - around)
    oldLine += from - at
    newLine += from - at
    const to = endOfHunk(all, next)
    const hunk = all.slice(from, to)
    const olds = hunk.filter(({ sign }) => sign !== '+').length
    const news = hunk.filter(({ sign }) => sign !== '-').length
    shown.push(`@@ -${place(oldLine, olds)} +${place(newLine, news)} @@\n${hunk.map(write).join('')}`)
    oldLine += olds
    newLine += news
    at = to
  }
  return shown
}

/** Changes that are nearer to each other than twice what is shown around them stand together. */
function endOfHunk(all: readonly Line[], first: number): number {
  let last = first
  for (let at = first; at < all.length && at - last <= 2 * around; at++) if (all[at]!.sign !== ' ') last = at
  return Math.min(all.length, last + around + 1)
}

function place(line: number, count: number): string {
  return count === 1 ? String(line) : `${count === 0 ? line - 1 : line},${count}`
}

function write({ sign, text }: Line): string {
  return text.endsWith('\n') ? `${sign}${text}` : `${sign}${text}\n\\ No newline at end of file\n`
}

function cut(text: string): string {
  if (Buffer.byteLength(text) <= mostBytes) return text
  const kept = Buffer.from(text).subarray(0, mostBytes).toString('utf8')
  return `${kept.slice(0, kept.lastIndexOf('\n') + 1)}… and more\n`
}
