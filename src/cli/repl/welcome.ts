import { paint } from '../../operations/output/format/index.ts'
import type { CommandContext } from '../context.ts'
import { styleFor } from '../session/printer.ts'
import { toIdentifier } from './scope.ts'
import type { PromptParts } from './session.ts'

/** Two pipelines to begin with: a command on a group, and a flow. */
function firstTries({ groups, flows }: PromptParts): string[] {
  const [group] = [...groups.keys()].flatMap(name => toIdentifier(name) ?? [])
  const [flow] = flows.keys()
  return [...(group === undefined ? [] : [`exec(${group}, 'uptime')`]), ...(flow === undefined ? [] : [flow])]
}

/** What a newcomer sees first: how it works, and lines to try. */
export function welcome(parts: PromptParts, context: CommandContext, tries = firstTries(parts)): string {
  const style = styleFor(context, context.stdout)
  const examples = tries.map(line => paint('cyan', line, style)).join('  or  ')
  return [
    `A pipeline that is typed is run${examples === '' ? '.' : `: ${examples}`}`,
    paint('dim', '.help lists the commands, Tab completes, Ctrl-C cancels a run, Ctrl-D leaves.', style),
    '',
    '',
  ].join('\n')
}
