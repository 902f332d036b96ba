import { neutraliseLine } from './neutralise.ts'
import { paint, type Style } from './style.ts'
import { displayWidth, truncate } from './width.ts'

export type Tone = Parameters<typeof paint>[0]

/** What stands in a table: text, or text in a colour. It may come from anywhere and is made safe to print. */
export type Cell = string | { readonly text: string; readonly tone: Tone }

/** A column: its heading, and the most of a terminal's width that it takes. */
export type Column = string | { readonly heading: string; readonly share: number }

/** Columns as wide as what they hold, with colours; on a terminal, what doesn't fit is cut. */
export function paintedTable(
  columns: readonly Column[],
  rows: readonly (readonly Cell[])[],
  style: Style,
): string[] {
  const headings = columns.map(column => measured(typeof column === 'string' ? column : column.heading))
  const cells = rows.map(row => row.map(cell => measured(typeof cell === 'string' ? cell : cell.text)))
  const widths = columns.map((column, index) => {
    const widest = Math.max(...[headings, ...cells].map(row => row[index]?.width ?? 0))
    if (typeof column === 'string' || style.columns === undefined) return widest
    return Math.min(widest, Math.max(displayWidth(column.heading), Math.floor(style.columns * column.share)))
  })
  const line = (texts: readonly Measured[], toneOf: (index: number) => Tone | undefined) => {
    const last = texts.findLastIndex(({ text }) => text !== '')
    let left = style.columns ?? Number.POSITIVE_INFINITY
    let written = ''
    for (let index = 0; index <= last && left > 0; index++) {
      const gap = index === 0 ? '' : '  '.slice(0, left)
      left -= gap.length
      const room = Math.min(left, widths[index]!)
      const { text, width } = cut(texts[index]!, room)
      const fill = index === last ? '' : ' '.repeat(Math.max(0, room - width))
      const tone = toneOf(index)
      written += `${gap}${tone === undefined || text === '' ? text : paint(tone, text, style)}${fill}`
      left -= width + fill.length
    }
    return written.trimEnd()
  }
  return [
    line(headings, () => 'bold'),
    ...cells.map((texts, row) =>
      line(texts, index => {
        const cell = rows[row]![index]
        return typeof cell === 'object' ? cell.tone : undefined
      }),
    ),
  ]
}

/** Text that is safe to print, and the columns that it takes: measuring a thousand rows once is enough. */
interface Measured {
  readonly text: string
  readonly width: number
}

function measured(text: string): Measured {
  const safe = neutraliseLine(text)
  return { text: safe, width: displayWidth(safe) }
}

function cut(cell: Measured, room: number): Measured {
  if (cell.width <= room) return cell
  const text = truncate(cell.text, room)
  return { text, width: displayWidth(text) }
}
