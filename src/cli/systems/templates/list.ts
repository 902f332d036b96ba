import { paintedTable } from '../../../operations/output/format/index.ts'
import { formatBytes } from '../../../operations/output/format/time.ts'
import { withoutColor } from '../../color.ts'
import type { Args } from '../../command.ts'
import type { CommandContext } from '../../context.ts'
import { given } from '../../parse.ts'
import { refuseBridge } from '../../session/bridge.ts'
import { configuration } from '../../session/configuration.ts'
import { styleFor } from '../../session/printer.ts'
import { withWired } from '../wired.ts'
import { nodeIfNamed, templatesOf } from './provider.ts'

/** Milliseconds for all hypervisors to answer. */
const listMs = 60_000

/** Prints the templates of the hypervisors. */
export async function listTemplates(context: CommandContext, args: Args): Promise<number> {
  const loaded = await configuration(context, args)
  refuseBridge(loaded, 'reops template list', 'run it on its machine, where the hypervisors are reached from')
  const node = nodeIfNamed(args, loaded)
  return withWired(context, loaded, { quiet: given(args, 'json') }, async ({ systems, job, live }) => {
    const provider = await templatesOf(systems)
    const templates = await provider.templates(node, job('template list', node ?? 'all hypervisors', listMs))
    live.stop()
    const own = given(args, 'no-color') ? withoutColor(context) : context
    if (given(args, 'json')) own.stdout.write(`${JSON.stringify({ templates }, null, 2)}\n`)
    else if (templates.length === 0)
      own.stdout.write('no templates; reops template import brings one there\n')
    else {
      const rows = templates.map(({ name, node, pool, format, capacity, usedBy }) => [
        name,
        node,
        pool,
        format,
        formatBytes(capacity),
        usedBy.length === 0 ? '' : `${usedBy.length}: ${usedBy.join(' ')}`,
      ])
      const lines = paintedTable(
        [{ heading: 'name', share: 0.3 }, 'on', 'pool', 'format', 'size', 'used by'],
        rows,
        styleFor(own, own.stdout),
      )
      own.stdout.write(`${lines.join('\n')}\n`)
    }
    return 0
  })
}
