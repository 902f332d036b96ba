/** How characters look. A colour that is absent is the terminal's own. */
export interface Look {
  readonly colour?: string | undefined
  readonly background?: string | undefined
  readonly bold?: boolean
  readonly dim?: boolean
}

/** A stretch of one line that looks the same from end to end. */
export interface Run {
  readonly text: string
  readonly look: Look
}

const palette = ['#484f58', '#ff7b72', '#7ee787', '#e3b341', '#79c0ff', '#d2a8ff', '#56d4dd', '#c9d1d9']
const bright = ['#8b949e', '#ffa198', '#aff5b4', '#f2cc60', '#a5d6ff', '#e2c5ff', '#b3f0ff', '#f0f6fc']

/**
 * Splits terminal output into lines of runs. It reads colours and weights, which is all that is left once a terminal
 * has drawn the rest; a look goes on into the next line.
 *
 * @example
 * readColours('\u001b[31mno\u001b[39m') // [[{ text: 'no', look: { colour: '#ff7b72' } }]]
 */
export function readColours(output: string): Run[][] {
  let look: Look = {}
  return output.split('\n').map(line => {
    const runs: Run[] = []
    for (const [, codes, text] of line.matchAll(/(?:\u001b\[([\d;]*)m)|([^\u001b]+)/g)) {
      if (text === undefined) look = change(look, (codes ?? '').split(';').map(Number))
      else runs.push({ text, look })
    }
    return runs
  })
}

function change(look: Look, [code = 0, ...more]: readonly number[]): Look {
  const next = one(look, code)
  return more.length > 0 ? change(next, more) : next
}

function one(look: Look, code: number): Look {
  if (code === 0) return {}
  if (code === 1) return { ...look, bold: true }
  if (code === 2) return { ...look, dim: true }
  if (code === 22) return { ...look, bold: false, dim: false }
  if (code === 39) return { ...look, colour: undefined }
  if (code === 49) return { ...look, background: undefined }
  const [kind, index] = [Math.floor(code / 10), code % 10]
  if (kind === 3) return { ...look, colour: palette[index] }
  if (kind === 9) return { ...look, colour: bright[index] }
  if (kind === 4) return { ...look, background: palette[index] }
  return look
}

/** Breaks a line after so many columns, as a terminal does. */
export function wrap(line: readonly Run[], columns: number): Run[][] {
  const lines: Run[][] = [[]]
  let used = 0
  for (const { text, look } of line) {
    let rest = [...text]
    while (rest.length > 0) {
      if (used === columns) {
        lines.push([])
        used = 0
      }
      const piece = rest.slice(0, columns - used)
      lines.at(-1)?.push({ text: piece.join(''), look })
      used += piece.length
      rest = rest.slice(piece.length)
    }
  }
  return lines
}
