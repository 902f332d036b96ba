import { paint } from '../../operations/output/format/index.ts'
import type { CommandContext } from '../context.ts'
import { styleFor } from '../session/printer.ts'
import { toIdentifier } from './scope.ts'
import type { PromptParts } from './session.ts'

/** What a newcomer sees first: what is in scope, and a line to try. */
export function welcome({ groups, flows }: PromptParts, context: CommandContext): string {
  const style = styleFor(context, context.stdout)
  const [group] = [...groups.keys()].flatMap(name => toIdentifier(name) ?? [])
  const [flow] = flows.keys()
  const tries = [
    ...(group === undefined ? [] : [`exec(${group}, 'uptime')`]),
    ...(flow === undefined ? [] : [flow]),
  ]
  return [
    `A pipeline that is typed is run${tries.length === 0 ? '' : `: ${tries.map(one => paint('cyan', one, style)).join(' or ')}`}`,
    paint('dim', '.help lists the commands, Tab completes, Ctrl-C cancels a run, Ctrl-D leaves', style),
    '',
    '',
  ].join('\n')
}
