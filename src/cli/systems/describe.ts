import { withinLimits } from '../../core/operation/host-limit.ts'
import type { System } from '../../core/systems/system.ts'
import { hasState } from '../../run/shared-database.ts'
import { withoutColor } from '../color.ts'
import type { Args } from '../command.ts'
import type { CommandContext } from '../context.ts'
import { given } from '../parse.ts'
import { configuration } from '../session/configuration.ts'
import { styleFor } from '../session/printer.ts'
import { UsageError } from '../usage-error.ts'
import { type Description, describedLines } from './described.ts'
import { findSystem } from './find.ts'
import { type Wired, withWired } from './wired.ts'

/** Milliseconds that a provider may take to name snapshots; the rest is told without them then. */
const snapshotsMs = 10_000

/** Prints all that is known of a system. */
export async function describeSystem(context: CommandContext, args: Args, word: string): Promise<number> {
  const loaded = await configuration(context, args)
  if (!hasState(loaded)) throw new UsageError('no systems are kept here yet; reops create makes one')
  return withWired(context, loaded, { quiet: given(args, 'json') }, async wired => {
    const { systems, live } = wired
    const store = await systems.store()
    const system = await findSystem(word, { store, loaded })
    const description: Description = {
      system,
      host: systems.hostOf(system),
      holder: await store.holder(system.id, Date.now()),
      history: await store.history(system.id),
      snapshots: await snapshotsOf(system, wired),
    }
    live.stop()
    const own = given(args, 'no-color') ? withoutColor(context) : context
    own.stdout.write(
      given(args, 'json')
        ? `${JSON.stringify(documentOf(description), null, 2)}\n`
        : `${describedLines(description, styleFor(own, own.stdout)).join('\n')}\n`,
    )
    return 0
  })
}

/** What can't be asked is no failure of the description: it says so instead. */
async function snapshotsOf(system: System, { systems, job }: Wired): Promise<Description['snapshots']> {
  try {
    const provider = await systems.provider(system.provider)
    if (!provider.abilities.has('snapshot')) return `${provider.name} systems have none`
    const asked = job('describe', system.hostname, snapshotsMs)
    const limits = { allowed: snapshotsMs, clock: asked.clock, signal: asked.signal, grace: 1_000 }
    return await withinLimits(provider.snapshots(system, asked), limits)
  } catch (error) {
    return `not known: ${error instanceof Error ? error.message : String(error)}`
  }
}

function documentOf({ system, host, holder, history, snapshots }: Description): object {
  const isKnown = typeof snapshots !== 'string'
  return {
    system,
    host,
    holder: holder ?? null,
    snapshots: isKnown ? snapshots : null,
    ...(isKnown ? {} : { snapshotsUnknown: snapshots }),
    history,
  }
}
