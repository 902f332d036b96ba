import { displayWidth } from '../../operations/output/format/width.ts'
import type { Output } from '../context.ts'

/** Milliseconds between two drawings, so that many events at once are drawn together. */
const redrawEvery = 200

/** Lines on a terminal that are drawn over and over, and gone at the end. */
export interface Screen {
  draw(lines: readonly string[]): void
  /** Draws within a moment; several of these are one. */
  soon(draw: () => void): void
  end(): void
}

/** Opens a screen. On what is no terminal, and where it is not wanted, nothing is drawn. */
export function openScreen(output: Output & { readonly rows?: number | undefined }, wanted: boolean): Screen {
  const shown = wanted && output.isTTY === true
  let drawn = 0
  let timer: NodeJS.Timeout | undefined
  const erase = () => (drawn === 0 ? '' : `\r${drawn > 1 ? `\u001b[${drawn - 1}A` : ''}\u001b[J`)
  const draw = (lines: readonly string[]) => {
    if (!shown) return
    const columns = output.columns || 80
    // What has scrolled away can't be drawn over: of more lines than there is room for the last ones are shown.
    const room = Math.max(2, (output.rows ?? 24) - 1)
    const kept =
      lines.length > room ? [`… ${lines.length - room + 1} lines above`, ...lines.slice(1 - room)] : lines
    output.write(`${erase()}${kept.join('\n')}`)
    drawn = kept.reduce((sum, line) => sum + Math.max(1, Math.ceil(displayWidth(line) / columns)), 0)
  }
  return {
    draw,
    soon(again) {
      timer ??= setTimeout(() => {
        timer = undefined
        again()
      }, redrawEvery).unref()
    },
    end() {
      clearTimeout(timer)
      if (shown && drawn > 0) output.write(erase())
      drawn = 0
    },
  }
}
