import type { Args, Command } from '../command.ts'
import type { CommandContext } from '../context.ts'
import { formatPlan } from '../plan-lines.ts'
import { styleFor } from '../session/printer.ts'
import type { CommandPrinters } from './commands.ts'

/** Prints for the prompt's own commands, by the commands of the command line where there are such. */
export function printers(context: CommandContext, config: string | undefined): CommandPrinters {
  const args: Args = { flags: config === undefined ? {} : { config }, words: [], rest: undefined }
  const print = async (command: Promise<Command>) => (await command).run(context, args)
  return {
    hosts: () => print(import('../commands/hosts.ts')),
    flows: () => print(import('../commands/flows.ts')),
    plan: (name, lines) => formatPlan(name, lines, styleFor(context, context.stdout)),
    compiled: ({ machine }) => JSON.stringify(machine, null, 2),
  }
}
