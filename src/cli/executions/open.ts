import type { ExecutionStore } from '../../core/executions.ts'
import { neutralise } from '../../operations/output/format/index.ts'
import type { LoadedConfig } from '../../run/config.ts'
import { openExecutions } from '../../run/open-executions.ts'
import { hasState } from '../../run/shared-database.ts'
import type { Args } from '../command.ts'
import type { CommandContext } from '../context.ts'
import { configuration } from '../session/configuration.ts'
import { UsageError } from '../usage-error.ts'

/** The executions of a project, while a command looks at them. */
export interface Executions {
  readonly store: ExecutionStore
  readonly loaded: LoadedConfig
}

/**
 * Opens the executions of the configuration, does something with them, and closes them whatever came of it. Where
 * nothing was ever run it makes no database: `none` answers, or it throws `UsageError`.
 */
export async function withExecutions<T>(
  context: CommandContext,
  args: Args,
  use: (executions: Executions) => Promise<T>,
  none?: () => T,
): Promise<T> {
  const loaded = await configuration(context, args)
  if (!hasState(loaded)) {
    if (none !== undefined) return none()
    throw new UsageError('nothing was run here yet; reops run <flow> begins an execution')
  }
  const store = await openExecutions(loaded, text => context.stderr.write(`reops: ${neutralise(text)}\n`))
  try {
    return await use({ store, loaded })
  } finally {
    await store.close()
  }
}
