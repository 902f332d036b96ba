import type { Flow } from '../../core/flow.ts'
import { neutralise } from '../../operations/output/format/index.ts'
import type { LoadedConfig } from '../../run/config.ts'
import { loadExports } from '../../run/flows.ts'
import { flowsIn } from '../../run/flows-in.ts'
import { type KeptTriggers, openTriggers } from '../../run/open-readings.ts'
import { hasState } from '../../run/shared-database.ts'
import type { Args } from '../command.ts'
import type { CommandContext } from '../context.ts'
import { configuration } from '../session/configuration.ts'

/** What a command about sensors and watches looks at. */
export interface Opened {
  readonly loaded: LoadedConfig
  readonly exported: Readonly<Record<string, unknown>>
  /** Absent where nothing was ever kept. */
  readonly kept: KeptTriggers | undefined
  /** How a flow is called. */
  nameOf(flow: Flow): string
}

/** Opens what is declared and what is kept, does something with it, and closes it. It makes no database where there is none. */
export async function withTriggers<T>(
  context: CommandContext,
  args: Args,
  use: (opened: Opened) => Promise<T>,
): Promise<T> {
  const loaded = await configuration(context, args)
  const exported = await loadExports(loaded)
  const names = new Map([...flowsIn(exported)].map(([name, flow]) => [flow, name]))
  const say = (text: string) => context.stderr.write(`reops: ${neutralise(text)}\n`)
  const kept = hasState(loaded) ? await openTriggers(loaded, say) : undefined
  try {
    return await use({ loaded, exported, kept, nameOf: flow => names.get(flow) ?? 'a flow' })
  } finally {
    await kept?.close()
  }
}
