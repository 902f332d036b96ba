import type { Left, Outcome } from '../../../core/outcome.ts'
import { failureLines } from './failures.ts'
import { fold } from './fold.ts'
import { type Group, groupAnswers } from './group.ts'
import { neutraliseLine } from './neutralise.ts'
import { paint, type Style } from './style.ts'
import { isSystem, systemLines } from './systems.ts'
import { valueLines } from './value.ts'
import { displayWidth, pad } from './width.ts'

/** Hosts in front of their answers take at most so many columns. */
const widestHosts = 32

/**
 * An outcome for a person: identical answers once, under the hosts that gave them, the most frequent first; then
 * who was left out; failures last. Ends without a line end.
 *
 * @example
 * console.log(formatOutcome(await run(exec(closet, 'uptime')), plainStyle))
 */
export function formatOutcome(outcome: Outcome<unknown, unknown>, style: Style): string {
  return [
    ...answerLines(outcome.successful, style),
    ...leftLines(outcome.left ?? [], style),
    ...failureLines(outcome.failure, style),
  ].join('\n')
}

function answerLines(successful: Outcome<unknown, unknown>['successful'], style: Style): string[] {
  const values = successful.map(({ value }) => value)
  if (values.length > 0 && values.every(isSystem))
    return [...systemLines(values, style), ...values.flatMap(value => warningLines(value, style))]
  const groups = groupAnswers(successful).map(group => ({ ...group, lines: valueLines(group.value, style) }))
  return isTable(groups, style) ? rows(groups, style) : groups.flatMap(group => block(group, style))
}

/** What a system's provider said that a person should know, where an operation left it. */
function warningLines(
  system: { readonly hostname: string; readonly warnings?: unknown },
  style: Style,
): string[] {
  const { hostname, warnings } = system
  if (!Array.isArray(warnings)) return []
  return warnings.map(warning => paint('yellow', neutraliseLine(`! ${hostname}: ${warning}`), style))
}

interface Answer extends Group {
  readonly lines: readonly string[]
}

/** Answers of one short line each read best beside their hosts. */
function isTable(answers: readonly Answer[], { columns = 120 }: Style): boolean {
  return answers.every(
    ({ hosts, lines }) =>
      lines.length <= 1 &&
      displayWidth(fold(hosts)) <= widestHosts &&
      displayWidth(lines[0] ?? '') <= columns - widestHosts,
  )
}

function rows(answers: readonly Answer[], style: Style): string[] {
  const names = answers.map(({ hosts }) => neutraliseLine(fold(hosts)))
  const widest = Math.max(0, ...names.map(displayWidth))
  return answers.map(({ lines }, index) =>
    `${paint('bold', pad(names[index]!, widest), style)}  ${lines[0] ?? paint('dim', '(nothing)', style)}`.trimEnd(),
  )
}

function block({ hosts, lines }: Answer, style: Style): string[] {
  const many = hosts.length > 1 ? paint('dim', ` (${hosts.length})`, style) : ''
  const body = lines.length > 0 ? lines : [paint('dim', '(nothing)', style)]
  return [
    `${paint('bold', neutraliseLine(fold(hosts)), style)}${many}`,
    ...body.map(line => `  ${line}`.trimEnd()),
  ]
}

function leftLines(left: readonly Left[], style: Style): string[] {
  const reasons = Map.groupBy(left, ({ step, reason }) => JSON.stringify([step, reason]))
  return [...reasons.values()].map(group => {
    const { step, reason } = group[0]!
    const hosts = fold(group.map(one => one.host))
    return paint('dim', neutraliseLine(`left out: ${hosts}  ${step}: ${reason}`), style)
  })
}
