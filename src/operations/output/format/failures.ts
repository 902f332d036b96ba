import type { Failure } from '../../../core/outcome.ts'
import { textLines } from './command-result.ts'
import { fold } from './fold.ts'
import { neutralise, neutraliseLine } from './neutralise.ts'
import { paint, type Style } from './style.ts'

/** Lines of a failed command's stderr that are shown. */
const complaintLines = 5

/**
 * Failures by their code, the most frequent first. Hosts that failed at the same step with the same words stand
 * together; for a command that failed, the end of its stderr follows.
 */
export function failureLines(failures: readonly Failure[], style: Style): string[] {
  const codes = [...Map.groupBy(failures, failure => failure.code)].sort(
    ([, a], [, b]) => b.length - a.length,
  )
  return codes.flatMap(([code, members]) => [
    paint('red', `${code} (${members.length})`, style),
    ...[...Map.groupBy(members, sameFailure).values()].flatMap(group => groupLines(group, style)),
  ])
}

function groupLines(group: readonly Failure[], style: Style): string[] {
  const [first] = group
  const hosts = neutraliseLine(fold(group.map(failure => failure.host)))
  const step = neutraliseLine(first!.step)
  const { words, complaint } = said(first!)
  return [
    `  ${paint('bold', hosts, style)}  ${step}${words === '' ? '' : `: ${neutraliseLine(words)}`}`,
    ...complaint.map(line => paint('dim', `    ${line}`, style)),
  ]
}

function sameFailure(failure: Failure): string {
  return JSON.stringify([failure.step, said(failure)])
}

/** The message and, where it says less than the end of stderr does, that end; nothing is said twice. */
function said(failure: Failure): { readonly words: string; readonly complaint: readonly string[] } {
  const words = messageOf(failure)
  const complaint = complaintOf(failure)
  const last = complaint.at(-1)?.trim()
  if (last === undefined || last === '' || !neutralise(words).endsWith(last)) return { words, complaint }
  if (complaint.length === 1) return { words, complaint: [] }
  return { words: neutralise(words).slice(0, -last.length).replace(/:\s*$/, ''), complaint }
}

/** The host stands in front of its failure already. */
function messageOf({ host, step, message }: Failure): string {
  const words = message.startsWith(`${host}: `) ? message.slice(host.length + 2) : message
  return words.startsWith(`${step}: `) ? words.slice(step.length + 2) : words
}

/** The end of what a failed command wrote to stderr. */
function complaintOf({ code, detail }: Failure): string[] {
  if (code !== 'exit' && code !== 'timeout') return []
  const stderr =
    typeof detail === 'object' && detail !== null && 'stderr' in detail ? detail.stderr : undefined
  return typeof stderr === 'string' ? textLines(stderr).slice(-complaintLines) : []
}
