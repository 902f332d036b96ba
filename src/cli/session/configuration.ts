import path from 'node:path'
import { configSchema } from '../../core/config.ts'
import { type LoadedConfig, loadConfig } from '../../run/config.ts'
import { findConfigFile } from '../../run/config-file.ts'
import type { Args } from '../command.ts'
import type { CommandContext } from '../context.ts'
import { text } from '../parse.ts'

/**
 * The configuration that a command works with: `--config`, `REOPS_CONFIG`, or the nearest one from the working
 * directory upwards; the defaults where there is none. Throws `InvalidConfig`.
 */
export async function configuration(context: CommandContext, args: Args): Promise<LoadedConfig> {
  const file = configFile(context, args)
  return file === undefined
    ? { config: configSchema.parse({}), folder: context.cwd, file: undefined }
    : loadConfig(file)
}

/** Where that configuration is; nothing when there is none. It need not exist where it was named. */
export function configFile({ cwd, env }: CommandContext, args: Args): string | undefined {
  const named = text(args, 'config') ?? env.REOPS_CONFIG
  return named === undefined ? findConfigFile(cwd) : path.resolve(cwd, named)
}
