import type { Failure } from '../../../core/outcome.ts'
import { textLines } from './command-result.ts'
import { fold } from './fold.ts'
import { neutraliseLine } from './neutralise.ts'
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
  const words = neutraliseLine(messageOf(first!))
  const step = neutraliseLine(first!.step)
  return [
    `  ${paint('bold', hosts, style)}  ${step}${words === '' ? '' : `: ${words}`}`,
    ...complaint(first!).map(line => paint('dim', `    ${line}`, style)),
  ]
}

function sameFailure(failure: Failure): string {
  return JSON.stringify([failure.step, messageOf(failure), complaint(failure)])
}

/** The host stands in front of its failure already. */
function messageOf({ host, step, message }: Failure): string {
  const words = message.startsWith(`${host}: `) ? message.slice(host.length + 2) : message
  return words.startsWith(`${step}: `) ? words.slice(step.length + 2) : words
}

/** The end of what a failed command wrote to stderr. */
function complaint({ code, detail }: Failure): string[] {
  if (code !== 'exit' && code !== 'timeout') return []
  const stderr =
    typeof detail === 'object' && detail !== null && 'stderr' in detail ? detail.stderr : undefined
  return typeof stderr === 'string' ? textLines(stderr).slice(-complaintLines) : []
}
