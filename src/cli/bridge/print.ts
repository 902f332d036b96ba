import { neutraliseLine } from '../../operations/output/format/neutralise.ts'
import { type Cell, type Column, paintedTable } from '../../operations/output/format/painted-table.ts'
import { withoutColor } from '../color.ts'
import type { Args } from '../command.ts'
import type { CommandContext } from '../context.ts'
import { given } from '../parse.ts'
import { styleFor } from '../session/printer.ts'

/** Prints a document with `--json`, and lines otherwise. What others have named is made safe to print. */
export function print(
  { stdout }: CommandContext,
  args: Args,
  document: object,
  lines: () => readonly string[],
): void {
  stdout.write(
    given(args, 'json')
      ? `${JSON.stringify(document, null, 2)}\n`
      : lines()
          .map(line => `${line}\n`)
          .join(''),
  )
}

/** The lines of a table, as wide and as coloured as the terminal takes it; `none` where it has no rows. */
export function table(
  context: CommandContext,
  args: Args,
  columns: readonly Column[],
  rows: readonly (readonly Cell[])[],
  none: string,
): readonly string[] {
  if (rows.length === 0) return [none]
  const own = given(args, 'no-color') ? withoutColor(context) : context
  return paintedTable(columns, rows, styleFor(own, own.stdout))
}

/** Says a line on stderr, for a person. */
export function notice({ stderr }: CommandContext, text: string): void {
  stderr.write(`reops: ${neutraliseLine(text)}\n`)
}
