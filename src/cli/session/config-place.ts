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
