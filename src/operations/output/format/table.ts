import { paint, type Style } from './style.ts'
import { displayWidth, pad, truncate } from './width.ts'

/** Rows under their headings, in columns as wide as what they hold; the last is cut where the terminal ends. */
export function tableLines(
  headings: readonly string[],
  rows: readonly (readonly string[])[],
  style: Style,
): string[] {
  const widths = headings.map((heading, column) =>
    Math.max(displayWidth(heading), ...rows.map(row => displayWidth(row[column] ?? ''))),
  )
  const line = (cells: readonly string[]) => {
    const text = cells
      .map((cell, column) => (column === cells.length - 1 ? cell : pad(cell, widths[column]!)))
      .join('  ')
    return (style.columns === undefined ? text : truncate(text, style.columns)).trimEnd()
  }
  return [paint('bold', line(headings), style), ...rows.map(line)]
}
