import { existsSync } from 'node:fs'
import path from 'node:path'
import { configuredGroups } from '../../run/config.ts'
import { loadFlows } from '../../run/flows.ts'
import type { Args } from '../command.ts'
import type { CommandContext } from '../context.ts'
import { configuration } from '../session/configuration.ts'
import { holdPrompt, isInteractive } from './session.ts'
import { welcome } from './welcome.ts'

/** Loads what is configured and holds the prompt over it; a folder without flows will do. */
export async function openRepl(context: CommandContext, args: Args): Promise<number> {
  const loaded = await configuration(context, args)
  const groups = configuredGroups(loaded)
  const hasFlows = existsSync(path.resolve(loaded.folder, loaded.config.flows))
  const flows = hasFlows ? await loadFlows(loaded) : new Map()
  const parts = { loaded, groups, flows }
  if (isInteractive(context)) context.stdout.write(welcome(parts, context))
  const status = await holdPrompt(context, parts)
  // Timers and sockets that were made at the prompt would otherwise keep the process.
  context.exit(status)
  return status
}
