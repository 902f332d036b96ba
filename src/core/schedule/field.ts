import { InvalidSchedule } from './invalid.ts'

/** What a field of a cron expression may hold. */
export interface Range {
  readonly field: string
  readonly from: number
  readonly to: number
  /** Words for numbers, the first for `from`. */
  readonly words?: readonly string[]
  /** Whether `/` may stand in it. */
  readonly steps: boolean
}

/** The numbers that a list of values, ranges and steps means, in order. Throws `InvalidSchedule`. */
export function numbersOf(text: string, range: Range): readonly number[] {
  const found = new Set<number>()
  for (const part of text.split(',')) for (const one of numbersOfPart(part, text, range)) found.add(one)
  return [...found].sort((one, other) => one - other)
}

function numbersOfPart(part: string, whole: string, range: Range): number[] {
  const { field, from, to } = range
  const [span, step, ...more] = part.split('/')
  if (more.length > 0 || (step !== undefined && !range.steps)) throw refused(part, whole, range)
  const every = step === undefined ? 1 : digits(step)
  if (!(every >= 1 && every <= to))
    throw new InvalidSchedule(
      field,
      `${JSON.stringify(part)} steps by ${step}; a step is a whole number from 1 to ${to}`,
    )
  const [first, last] = spanOf(span!, part, whole, range, step !== undefined)
  if (first > last)
    throw new InvalidSchedule(
      field,
      `${JSON.stringify(part)} ends before it begins; write it as two, such as ${name(first, range)}-${name(to, range)},${name(from, range)}-${name(last, range)}`,
    )
  const numbers: number[] = []
  for (let one = first; one <= last; one += every) numbers.push(one)
  return numbers
}

function spanOf(
  span: string,
  part: string,
  whole: string,
  range: Range,
  stepped: boolean,
): readonly [number, number] {
  if (span === '*') return [range.from, range.to]
  const ends = span.split('-')
  if (ends.length > 2) throw refused(part, whole, range)
  const [first, last] = ends.map(end => numberOf(end, part, whole, range))
  // `5/10` goes on to the end of the field.
  return [first!, last ?? (stepped ? range.to : first!)]
}

/** One value: a number in its range or a word for one. Throws `InvalidSchedule`. */
export function numberOf(text: string, part: string, whole: string, range: Range): number {
  const { from, to, words = [] } = range
  const word = words.indexOf(text.toUpperCase())
  if (word >= 0) return from + word
  const value = digits(text)
  if (Number.isNaN(value)) throw refused(part, whole, range)
  if (value >= from && value <= to) return value
  throw new InvalidSchedule(range.field, `${text} is not within ${from} and ${to}`)
}

/** A number of digits alone; `Number` would take an empty text, a sign and hexadecimal digits. */
function digits(text: string): number {
  return /^\d{1,4}$/.test(text) ? Number(text) : Number.NaN
}

function refused(part: string, whole: string, { field, from, to, words, steps }: Range): InvalidSchedule {
  const forms = ['*', `${from}`, `${from}-${to}`, ...(steps ? [`*/${Math.min(2, to)}`] : [])]
  const or = words === undefined ? '' : `, or words such as ${words[0]}`
  const where = part === whole ? '' : ` in ${JSON.stringify(whole)}`
  return new InvalidSchedule(
    field,
    `${JSON.stringify(part)}${where} can't be read; it takes ${from} to ${to}${or}, and lists of ${forms.join(', ')}`,
  )
}

function name(value: number, { words, from }: Range): string {
  return words?.[value - from] ?? String(value)
}
