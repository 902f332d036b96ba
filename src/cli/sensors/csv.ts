import type { Json } from '../../core/json.ts'
import { readTime } from '../../core/sensors/time.ts'
import type { Replayed } from '../../triggers/watch/backtest.ts'
import { UsageError } from '../usage-error.ts'

/**
 * Readings of a CSV file: the time first (ISO 8601, or seconds or milliseconds since the epoch), then a column for each
 * source by its name in the first line; the first line may be missing where there is one source. What is empty is unknown.
 * Throws `UsageError`, which names the line.
 *
 * @example
 * readCsv('time,closet/temperature\n2026-11-28T14:05:00Z,71.5\n', ['closet/temperature'])
 */
export function readCsv(text: string, sources: readonly string[]): Replayed[] {
  const lines = text.replace(/^\uFEFF/, '').split(/\r?\n/)
  const first = cellsOf(lines[0] ?? '')
  const hasHeading = readTime(first[0]) === undefined
  const columns = hasHeading ? columnsOf(first, sources) : [1]
  if (!hasHeading && sources.length > 1)
    throw new UsageError(`the first line of the CSV has to name the columns: time,${sources.join(',')}`)
  const readings: Replayed[] = []
  let sorted = true
  for (let index = hasHeading ? 1 : 0; index < lines.length; index++) {
    const line = lines[index]!
    if (line === '') continue
    const cells = line.includes('"') ? cellsOf(line) : line.split(',')
    const at = readTime(cells[0]!.trim())
    if (at === undefined)
      throw new UsageError(
        `line ${index + 1} of the CSV begins with ${JSON.stringify(cells[0])}, which is no time`,
      )
    sorted &&= at >= (readings.at(-1)?.at ?? at)
    for (const [place, column] of columns.entries()) {
      const source = sources[place]!
      readings.push({ source, topic: source, at, ...cellValue(cells[column]) })
    }
  }
  return sorted ? readings : readings.sort((a, b) => a.at - b.at)
}

function columnsOf(headings: readonly string[], sources: readonly string[]): number[] {
  const names = headings.map(heading => heading.trim())
  // Two columns of one source need no name that fits.
  if (sources.length === 1 && names.length === 2) return [1]
  return sources.map(source => {
    const column = names.indexOf(source)
    if (column > 0) return column
    throw new UsageError(
      `the CSV has no column ${JSON.stringify(source)}; its first line names ${names.join(', ')}`,
    )
  })
}

function cellValue(cell: string | undefined): { readonly value: Json } | { readonly why: string } {
  const text = cell?.trim() ?? ''
  if (text === '') return { why: 'the cell is empty' }
  try {
    return { value: JSON.parse(text) as Json }
  } catch {
    // A text such as ON.
    return { value: text }
  }
}

/** The cells of a line; one in quotes may hold commas, and quotes that are doubled. */
function cellsOf(line: string): string[] {
  return [...line.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/g)].map(
    ([, quoted, plain]) => quoted?.replaceAll('""', '"') ?? plain ?? '',
  )
}
