import { setInterval } from 'node:timers'
import type { Progress } from '../../core/context.ts'
import { displayWidth } from '../../operations/output/format/width.ts'
import type { Output } from '../context.ts'
import { renderLive } from './render.ts'
import { Tally } from './tally.ts'

/** Ten times a second: quick enough to look alive, slow enough for a serial console. */
const redrawEvery = 100

/** Lines that show an execution's progress while it works and are gone when it ends. */
export interface LiveLine {
  readonly tally: Tally
  add(event: Progress): void
  /** Takes the lines away before something else is written; they come back by themselves. */
  hide(): void
  /** Keeps the lines away while somebody is asked something; the answer brings them back. */
  pause(): () => void
  stop(): void
}

/**
 * Shows progress on a terminal; on anything else, and where it is not wanted, it only counts. It writes nothing in
 * its first tenth of a second, so that what is quick does not flicker.
 */
export function openLiveLine(
  output: Output,
  wanted: boolean,
  now: () => number = () => performance.now(),
): LiveLine {
  const tally = new Tally()
  const shown = wanted && output.isTTY === true
  let drawn: readonly string[] = []
  let paused = 0

  const hide = () => {
    if (drawn.length > 0) output.write(erase(drawn, columnsOf(output)))
    drawn = []
  }
  const draw = () => {
    if (paused > 0) return
    const columns = columnsOf(output)
    const lines = renderLive(tally.steps, now(), columns)
    if (lines.length === 0) return hide()
    output.write(`${erase(drawn, columns)}${lines.join('\n')}`)
    drawn = lines
  }
  const timer = shown ? setInterval(draw, redrawEvery).unref() : undefined
  return {
    tally,
    add: event => tally.add(event, now()),
    hide,
    pause: () => {
      hide()
      paused++
      return () => void paused--
    },
    stop: () => {
      clearInterval(timer)
      hide()
    },
  }
}

function columnsOf({ columns }: Output): number {
  return columns !== undefined && columns > 0 ? columns : 80
}

/** Goes back to where the lines began and clears from there. A terminal made narrower has wrapped them. */
function erase(lines: readonly string[], columns: number): string {
  if (lines.length === 0) return ''
  const rows = lines.reduce((sum, line) => sum + Math.max(1, Math.ceil(displayWidth(line) / columns)), 0)
  return `\r${rows > 1 ? `\u001b[${rows - 1}A` : ''}\u001b[J`
}
