import type { Args } from '../command.ts'
import type { CommandContext } from '../context.ts'
import type { ListedFlow } from './listing.ts'
import { watchModules } from './module-graph.ts'
import { remember } from './remembered.ts'

/**
 * Loads the flows and remembers their listing, unless the configuration keeps its state elsewhere, where nobody would
 * look for it before the configuration is loaded.
 */
export async function loadAndRemember(
  context: CommandContext,
  args: Args,
  where: { readonly state: string; readonly place: string },
): Promise<readonly ListedFlow[]> {
  const began = Date.now()
  const stop = watchModules()
  const { flows, state, entries } = await listFlows(context, args).catch((error: unknown) => {
    stop()
    throw error
  })
  const graph = stop()
  if (state === where.state && entries.every(file => graph.files.has(file)))
    remember({ ...where, kind: 'flows' }, flows, graph, began)
  return flows
}

/** The loader itself is loaded while its modules are watched. */
async function listFlows(context: CommandContext, args: Args) {
  const { listFlows } = await import('./list.ts')
  return listFlows(context, args)
}
