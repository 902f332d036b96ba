import { type Description, describeSystem as describing } from '../../operations/systems/index.ts'
import { descriptionOf, snapshotsMs } from '../../operations/systems/inspect/description.ts'
import { askBridge } from '../../run/bridge/ask.ts'
import { bridgeSystems } from '../../run/bridge/systems.ts'
import { withoutColor } from '../color.ts'
import type { Args } from '../command.ts'
import type { CommandContext } from '../context.ts'
import { given } from '../parse.ts'
import { bridgeOf, withBridge } from '../session/bridge.ts'
import { configuration } from '../session/configuration.ts'
import { styleFor } from '../session/printer.ts'
import { knowsSystems } from '../state/systems.ts'
import { UsageError } from '../usage-error.ts'
import { describedLines } from './described.ts'
import { findSystem } from './find.ts'
import { withWired } from './wired.ts'

/** Prints all that is known of a system. */
export async function describeSystem(context: CommandContext, args: Args, word: string): Promise<number> {
  const loaded = await configuration(context, args)
  if (!knowsSystems(loaded)) throw new UsageError('no systems are kept here yet; reops create makes one')
  const bridge = bridgeOf(context, loaded)
  if (bridge !== undefined)
    return withBridge(context, loaded, bridge, async asking => {
      const { id } = await findSystem(word, { store: bridgeSystems(asking), loaded })
      const description = await askBridge(describing(id), asking)
      if (description === null) throw new UsageError(`${word} was there a moment ago, and is gone`)
      return tell(context, args, description)
    })
  return withWired(context, loaded, { quiet: given(args, 'json') }, async ({ systems, job, live }) => {
    const system = await findSystem(word, { store: await systems.store(), loaded })
    const asked = () => job('describe', system.hostname, snapshotsMs)
    const description = await descriptionOf(system, systems, Date.now(), asked)
    live.stop()
    return tell(context, args, description)
  })
}

function tell(context: CommandContext, args: Args, description: Description): number {
  const own = given(args, 'no-color') ? withoutColor(context) : context
  own.stdout.write(
    given(args, 'json')
      ? `${JSON.stringify(documentOf(description), null, 2)}\n`
      : `${describedLines(description, styleFor(own, own.stdout)).join('\n')}\n`,
  )
  return 0
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
