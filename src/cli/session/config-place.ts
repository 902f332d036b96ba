import path from 'node:path'
import { findConfigFile } from '../../run/config-file.ts'
import type { Args } from '../command.ts'
import type { CommandContext } from '../context.ts'
import { text } from '../parse.ts'

/**
 * Where the configuration of a command is: `--config`, `REOPS_CONFIG`, or the nearest one from the working directory
 * upwards; nothing when there is none. It need not exist where it was named.
 */
export function configPlace({ cwd, env }: CommandContext, args: Args): string | undefined {
  const named = text(args, 'config') ?? env.REOPS_CONFIG
  return named === undefined ? findConfigFile(cwd) : path.resolve(cwd, named)
}

/**
 * Where the state is, unless the configuration says otherwise, and what that would be said by: the configuration, or the
 * folder where there is none.
 */
export function usualState(
  context: CommandContext,
  args: Args,
): { readonly state: string; readonly place: string; readonly configured: boolean } {
  const config = configPlace(context, args)
  const base = config === undefined ? context.cwd : path.dirname(config)
  const state = path.resolve(base, context.env.REOPS_STATE ?? '.reops')
  return { state, place: config ?? base, configured: config !== undefined }
}
