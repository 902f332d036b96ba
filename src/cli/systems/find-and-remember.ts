import { existsSync } from 'node:fs'
import type { Args } from '../command.ts'
import type { CommandContext } from '../context.ts'
import { watchModules } from '../flows/module-graph.ts'
import { remember } from '../flows/remembered.ts'
import { usualState } from '../session/config-place.ts'
import type { Held } from './held.ts'
import type { Selection } from './selection.ts'

/**
 * Finds systems by the configuration, and remembers that this one leaves the state where it usually is, so that the next
 * list need not load it.
 */
export async function findAndRemember(
  context: CommandContext,
  args: Args,
  selection: Selection,
): Promise<readonly Held[]> {
  const began = Date.now()
  const where = usualState(context, args)
  const stop = watchModules()
  const { systems, state, file } = await find(context, args, selection).catch((error: unknown) => {
    stop()
    throw error
  })
  const graph = stop()
  const loaded = file !== undefined && graph.files.has(file)
  // A folder that is not there yet is not made for this.
  if (loaded && state === where.state && existsSync(state))
    remember({ ...where, kind: 'state' }, true, graph, began)
  return systems
}

/** The configuration is loaded while its modules are watched. */
async function find(context: CommandContext, args: Args, selection: Selection) {
  const { listSystems } = await import('./list.ts')
  return listSystems(context, args, selection)
}
