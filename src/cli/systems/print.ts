import { systemLines } from '../../operations/output/format/systems.ts'
import { colorOf, withoutColor } from '../color.ts'
import type { Args } from '../command.ts'
import type { CommandContext } from '../context.ts'
import { given } from '../parse.ts'
import type { Held } from './held.ts'
import type { Selection } from './selection.ts'

/** Prints what `reops list` has found. */
export function printSystems(
  context: CommandContext,
  args: Args,
  selection: Selection,
  systems: readonly Held[],
): void {
  const { stdout } = context
  if (given(args, 'json')) stdout.write(`${JSON.stringify({ systems }, null, 2)}\n`)
  else if (systems.length === 0) stdout.write(`${none(selection)}\n`)
  else {
    const own = given(args, 'no-color') ? withoutColor(context) : context
    const columns = stdout.isTTY === true ? stdout.columns : undefined
    const style = { color: colorOf(own, stdout), columns }
    stdout.write(`${systemLines(systems, style, given(args, 'wide')).join('\n')}\n`)
  }
}

function none({ conditions, names }: Selection): string {
  if (conditions || names.length > 0) return 'no such systems'
  return 'no systems yet; reops create makes one, and reops sync takes in those that providers have'
}
