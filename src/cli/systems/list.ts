import type { System } from '../../core/systems/system.ts'
import { systemLines } from '../../operations/output/format/systems.ts'
import type { LoadedConfig } from '../../run/config.ts'
import { hasState } from '../../run/shared-database.ts'
import { withoutColor } from '../color.ts'
import type { Args } from '../command.ts'
import type { CommandContext } from '../context.ts'
import { given } from '../parse.ts'
import { configuration } from '../session/configuration.ts'
import { styleFor } from '../session/printer.ts'
import { withSystems } from '../state/systems.ts'
import { findSystems } from './find.ts'
import { parseSelection, type Selection } from './selection.ts'

/** Prints the systems that are selected; all of them where nothing is said. */
export async function listSystems(context: CommandContext, args: Args): Promise<number> {
  const selection = parseSelection(args.words)
  const loaded = await configuration(context, args)
  const refreshed = given(args, 'refresh') ? await refresh(context, args) : 0
  const systems = await select(context, loaded, selection)
  const own = given(args, 'no-color') ? withoutColor(context) : context
  const style = styleFor(own, own.stdout)
  if (given(args, 'json')) own.stdout.write(`${JSON.stringify({ systems }, null, 2)}\n`)
  else if (systems.length === 0) own.stdout.write(`${none(selection)}\n`)
  else own.stdout.write(`${systemLines(systems, style, given(args, 'wide')).join('\n')}\n`)
  return refreshed
}

/** What lists alone has no use for the operations. */
async function refresh(context: CommandContext, args: Args): Promise<number> {
  const { refreshSystems } = await import('./sync.ts')
  return refreshSystems(context, args)
}

/** Looking leaves no database behind. */
async function select(
  context: CommandContext,
  loaded: LoadedConfig,
  selection: Selection,
): Promise<readonly System[]> {
  if (!hasState(loaded) && selection.names.length === 0) return []
  return withSystems(
    context,
    loaded,
    async store => (await findSystems(selection, { store, loaded })).systems,
  )
}

function none({ conditions, names }: Selection): string {
  if (conditions || names.length > 0) return 'no such systems'
  return 'no systems yet; reops create makes one, and reops sync takes in those that providers have'
}
