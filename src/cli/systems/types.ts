import { isRecord } from '../../core/json.ts'
import { typesPort } from '../../core/systems/type-flows.ts'
import type { KnownType } from '../../core/systems/types-port.ts'
import { paintedTable } from '../../operations/output/format/index.ts'
import { withoutColor } from '../color.ts'
import type { Args } from '../command.ts'
import type { CommandContext } from '../context.ts'
import { knownFlows } from '../executions/flows.ts'
import { given } from '../parse.ts'
import { configuration } from '../session/configuration.ts'
import { styleFor } from '../session/printer.ts'

/** Prints the types that the flows export. */
export async function listTypes(context: CommandContext, args: Args): Promise<number> {
  const types = typesPort(await knownFlows(await configuration(context, args))).list()
  const own = given(args, 'no-color') ? withoutColor(context) : context
  if (given(args, 'json')) own.stdout.write(`${JSON.stringify({ types }, null, 2)}\n`)
  else if (types.length === 0) own.stdout.write('no types; export one from flows/index.ts\n')
  else {
    const lines = paintedTable(
      ['type', 'arguments', 'needs', 'exposes', ''],
      types.map(rowOf),
      styleFor(own, own.stdout),
    )
    own.stdout.write(`${lines.join('\n')}\n`)
  }
  return 0
}

function rowOf({ id, description, exposes, needs, args }: KnownType): string[] {
  const offered = exposes.map(({ name, port, protocol }) => `${name} ${port}/${protocol}`)
  return [id, argumentsOf(args), needs.join(' '), offered.join(', '), description]
}

/** `port=6379 size`: with their defaults, where they have any. */
function argumentsOf(schema: KnownType['args']): string {
  if (!isRecord(schema) || !isRecord(schema.properties)) return ''
  const names = Object.entries(schema.properties).map(([name, part]) =>
    isRecord(part) && 'default' in part ? `${name}=${plain(part.default)}` : name,
  )
  return names.join(' ')
}

function plain(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value)
}
