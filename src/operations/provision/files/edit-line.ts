import { InvalidArguments } from '../../../core/errors.ts'

/** Which line of a text is to be how. */
export interface LineEdit {
  /** The whole line, without its end. */
  readonly line: string
  readonly state: 'present' | 'absent'
  /** What the line that is replaced, or the lines that are removed, look like. */
  readonly matching?: RegExp | undefined
  /** A new line is put behind the last line like this, or before the first; at the end when there is none. */
  readonly after?: RegExp | undefined
  readonly before?: RegExp | undefined
}

/**
 * The text with the line in it, or without. Doing it twice is doing it once. `present`: the last line that matches
 * becomes this line, unless the line is there already; `absent`: all lines that are it or match go. Ends of lines stay as
 * they are, and an added line ends as the first one does.
 */
export function editLine(text: string, edit: LineEdit): string {
  const { line, state, matching } = edit
  const lines = split(text)
  const eol = lines[0]?.end || '\n'
  if (state === 'absent')
    return lines
      .filter(({ text }) => text !== line && !matching?.test(text))
      .map(joined)
      .join('')
  if (matching) {
    const at = lines.findLastIndex(({ text }) => matching.test(text))
    // A line that stands there already is not written a second time in the place of one that matches.
    if (at !== -1 && !lines.some(({ text }) => text === line))
      return lines
        .with(at, replaced(lines[at]!, line, eol))
        .map(joined)
        .join('')
  }
  if (lines.some(({ text }) => text === line)) return text
  const at = placeOf(lines, edit)
  const closed = lines.map((one, index) => (index === at - 1 && one.end === '' ? { ...one, end: eol } : one))
  return [...closed.slice(0, at), { text: line, end: eol }, ...closed.slice(at)].map(joined).join('')
}

interface Line {
  readonly text: string
  readonly end: string
}

function split(text: string): Line[] {
  return [...text.matchAll(/([^\r\n]*(?:\r(?!\n)[^\r\n]*)*)(\r?\n|$)/g)]
    .filter(([whole]) => whole !== '')
    .map(([, line = '', end = '']) => ({ text: line, end }))
}

/** An empty line without an end would be no line. */
function replaced({ end }: Line, text: string, eol: string): Line {
  return { text, end: text === '' && end === '' ? eol : end }
}

function joined({ text, end }: Line): string {
  return text + end
}

function placeOf(lines: readonly Line[], { after, before }: LineEdit): number {
  if (after) {
    const at = lines.findLastIndex(({ text }) => after.test(text))
    if (at !== -1) return at + 1
  }
  if (before) {
    const at = lines.findIndex(({ text }) => before.test(text))
    if (at !== -1) return at
  }
  return lines.length
}

/** A regular expression as a person writes it. Throws `InvalidArguments`. */
export function pattern(source: string | undefined, called: string): RegExp | undefined {
  if (source === undefined) return undefined
  try {
    return new RegExp(source, 'u')
  } catch (cause) {
    throw new InvalidArguments(`${called}: ${JSON.stringify(source)} is no regular expression`, { cause })
  }
}
