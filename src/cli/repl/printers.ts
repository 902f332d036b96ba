import { fold, type Style, tableLines } from '../../operations/output/format/index.ts'
import { formatPlan } from '../plan-lines.ts'
import type { CommandPrinters } from './commands.ts'
import type { PromptParts } from './session.ts'

/** Prints for the prompt's own commands. */
export function printers({ groups, flows }: PromptParts, style: () => Style): CommandPrinters {
  return {
    hosts: () =>
      tableLines(
        ['group', 'hosts'],
        [...groups].map(([name, { hosts }]) => [name, fold(hosts.map(host => host.name))]),
        style(),
      ).join('\n'),
    flows: () =>
      tableLines(
        ['flow', 'does'],
        [...flows].map(([name, flow]) => [name, flow.description ?? '']),
        style(),
      ).join('\n'),
    plan: (name, lines) => formatPlan(name, lines, style()),
    compiled: ({ machine }) => JSON.stringify(machine, null, 2),
  }
}
