let segmenter: Intl.Segmenter | undefined

/** Made at the first need: making it costs milliseconds of every start, and plain text does without. */
function graphemes(text: string): Iterable<{ readonly segment: string }> {
  segmenter ??= new Intl.Segmenter(undefined, { granularity: 'grapheme' })
  return segmenter.segment(text)
}

/** Drawn over two columns by terminals: East Asian scripts, full-width forms, and what is an emoji by default. */
const wide =
  /^(?:[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|[\u{20000}-\u{3fffd}]|\p{Emoji_Presentation}|\p{Extended_Pictographic}\ufe0f)/u
const nothing = /^[\p{Mn}\p{Me}\p{Cf}]+$/u
const ascii = /^[\u0020-\u007e]*$/

/** Columns that text takes on a terminal. It holds no escape sequences and no line ends. */
export function displayWidth(text: string): number {
  if (ascii.test(text)) return text.length
  let columns = 0
  for (const { segment } of graphemes(text)) columns += columnsOf(segment)
  return columns
}

function columnsOf(grapheme: string): number {
  if (nothing.test(grapheme)) return 0
  return wide.test(grapheme) ? 2 : 1
}

/** Cuts text to so many columns, with an ellipsis where something is missing. */
export function truncate(text: string, columns: number): string {
  if (displayWidth(text) <= columns) return text
  if (columns < 1) return ''
  let kept = ''
  let used = 0
  for (const { segment } of graphemes(text)) {
    used += columnsOf(segment)
    if (used > columns - 1) break
    kept += segment
  }
  return `${kept}…`
}

/** Fills text up to so many columns. */
export function pad(text: string, columns: number): string {
  return text + ' '.repeat(Math.max(0, columns - displayWidth(text)))
}
