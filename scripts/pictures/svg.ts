import { type Run, readColours, wrap } from './colours.ts'

/** Pixels. A character of the usual monospaced fonts is six tenths as wide as it is high. */
const size = 14
const column = size * 0.6
const row = 20
const margin = 18

const ground = '#0d1117'
const ink = '#c9d1d9'
const faint = 0.6

/**
 * Draws terminal output as a picture. Every stretch of text is fitted to its columns, so that the picture is as wide
 * with one font as with another.
 *
 * @example
 * drawTerminal('\u001b[32mok\u001b[39m', { columns: 80, title: 'a command that went well' })
 */
export function drawTerminal(output: string, { columns, title }: { columns: number; title: string }): string {
  const lines = readColours(output).flatMap(line => wrap(line, columns))
  const width = Math.ceil(columns * column + 2 * margin)
  const height = lines.length * row + 2 * margin
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img">`,
    `<title>${escapeXml(title)}</title>`,
    `<rect width="${width}" height="${height}" rx="8" fill="${ground}"/>`,
    `<g font-family="ui-monospace, 'DejaVu Sans Mono', Menlo, Consolas, monospace" font-size="${size}" fill="${ink}" xml:space="preserve">`,
    ...lines.flatMap(drawLine),
    '</g>',
    '</svg>',
    '',
  ].join('\n')
}

function drawLine(runs: readonly Run[], index: number): string[] {
  const drawn: string[] = []
  let at = 0
  for (const { text, look } of runs) {
    const length = [...text].length
    const x = margin + at * column
    const y = margin + index * row
    at += length
    if (look.background)
      drawn.push(
        `<rect x="${round(x)}" y="${y}" width="${round(length * column)}" height="${row}" fill="${look.background}"/>`,
      )
    if (text.trim() === '') continue
    const attributes = [
      `x="${round(x)}"`,
      `y="${y + size}"`,
      `textLength="${round(length * column)}"`,
      ...(look.colour ? [`fill="${look.colour}"`] : []),
      ...(look.bold ? ['font-weight="bold"'] : []),
      ...(look.dim ? [`opacity="${faint}"`] : []),
    ]
    drawn.push(`<text ${attributes.join(' ')}>${escapeXml(text)}</text>`)
  }
  return drawn
}

function round(pixels: number): number {
  return Math.round(pixels * 10) / 10
}

function escapeXml(text: string): string {
  return text.replace(/[&<>"]/g, character => `&#${character.codePointAt(0)};`)
}
