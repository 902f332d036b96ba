import type { CommandResult, Kept } from '../../../core/ports.ts'
import { neutralise } from './neutralise.ts'
import { paint, type Style } from './style.ts'
import { formatBytes } from './time.ts'

/** Whether an answer is what a command said, by its shape. */
export function isCommandResult(value: unknown): value is CommandResult {
  if (typeof value !== 'object' || value === null) return false
  const { stdout, stderr, exit } = value as Partial<Record<keyof CommandResult, unknown>>
  return (
    typeof stdout === 'string' && typeof stderr === 'string' && (exit === null || typeof exit === 'number')
  )
}

/** What a command said: its output, then what it complained about. */
export function commandLines(result: CommandResult, style: Style): string[] {
  const { stdout, stderr, kept } = result
  const said = tail(stdout, kept?.stdout, style)
  const complained = tail(stderr, kept?.stderr, style).map(line => paint('yellow', `! ${line}`, style))
  return [...said, ...complained]
}

/**
 * The last lines of a text, and a note of what is above them: where the whole is kept, or that `--json` has it.
 */
export function tail(text: string, kept: Kept | undefined, style: Style): string[] {
  const lines = textLines(text)
  const shown = style.lines === undefined ? lines : lines.slice(-style.lines)
  const above = lines.length - shown.length
  if (kept)
    return [
      paint('dim', `… the end of ${formatBytes(kept.bytes)}, kept in ${neutralise(kept.ref)}`, style),
      ...shown,
    ]
  if (above > 0)
    return [
      paint('dim', `… ${above} earlier ${above === 1 ? 'line' : 'lines'}; --json has them`, style),
      ...shown,
    ]
  return shown
}

/** The lines of a text, safe to print, without the line end of the last one. */
export function textLines(text: string): string[] {
  const safe = neutralise(text)
  const body = safe.endsWith('\n') ? safe.slice(0, -1) : safe
  return body === '' ? [] : body.split('\n')
}
