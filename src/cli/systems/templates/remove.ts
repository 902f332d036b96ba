import { neutraliseLine } from '../../../operations/output/format/index.ts'
import type { Args } from '../../command.ts'
import type { CommandContext } from '../../context.ts'
import { given } from '../../parse.ts'
import { refuseBridge } from '../../session/bridge.ts'
import { configuration } from '../../session/configuration.ts'
import { askConsent } from '../../session/consent.ts'
import { UsageError } from '../../usage-error.ts'
import { withWired } from '../wired.ts'
import { nodeOf, templatesOf } from './provider.ts'

/** Milliseconds for a hypervisor to take it away. */
const removeMs = 60_000

/** Takes a template away, after a person has agreed. Throws `UsageError` for one that there is not. */
export async function removeTemplate(context: CommandContext, args: Args, name: string): Promise<number> {
  const loaded = await configuration(context, args)
  refuseBridge(
    loaded,
    'reops template remove',
    'run it on its machine, where the hypervisors are reached from',
  )
  const node = nodeOf(args, loaded)
  if (!given(args, 'yes') && !(await askConsent(context, `remove the template ${name} of ${node}`))) {
    context.stderr.write('nothing was done\n')
    return 1
  }
  return withWired(context, loaded, { quiet: given(args, 'json') }, async ({ systems, job, live }) => {
    const provider = await templatesOf(systems)
    const removed = await provider.removeTemplate(node, name, job('template remove', name, removeMs))
    live.stop()
    if (!removed)
      throw new UsageError(`${node} has no template ${JSON.stringify(name)}; see reops template list`)
    context.stdout.write(
      given(args, 'json')
        ? `${JSON.stringify({ template: name, node, removed }, null, 2)}\n`
        : `${neutraliseLine(`${name} was removed from ${node}`)}\n`,
    )
    return 0
  })
}
