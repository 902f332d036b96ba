import { stripVTControlCharacters } from 'node:util'
import { type CommandResult, HostTrouble } from '../../core/ports.ts'

/** What a failure's message shows of the host's own words; the whole is in its detail. */
const longestLine = 300

/**
 * Hands on the result of a command that ended with one of these exit statuses. Any other status, or death by a
 * signal, throws `HostTrouble` with code `exit`, the last thing that the command said, and the result as detail.
 */
export function requireExit(result: CommandResult, ok: readonly number[] = [0]): CommandResult {
  if (result.exit !== null && ok.includes(result.exit)) return result
  const said = lastLine(result.stderr) ?? lastLine(result.stdout)
  throw new HostTrouble('exit', said === undefined ? howItEnded(result) : `${howItEnded(result)}: ${said}`, {
    detail: { ...result },
  })
}

function howItEnded({ exit, signal }: CommandResult): string {
  if (exit !== null) return `exit status ${exit}`
  return signal === undefined ? 'ended without an exit status' : `ended by signal ${signal}`
}

/** The last line that says something, without what a terminal would obey. */
function lastLine(output: string): string | undefined {
  const last = output.split('\n').findLast(line => line.trim() !== '')
  if (last === undefined) return undefined
  const shown = stripVTControlCharacters(last.slice(0, 4 * longestLine))
    .replaceAll(/[\p{Cc}\s]+/gu, ' ')
    .trim()
  return shown.length > longestLine ? `${shown.slice(0, longestLine)}…` : shown || undefined
}
