import { existsSync } from 'node:fs'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import { type Config, configSchema } from '../core/config.ts'
import { explainIssues, InvalidConfig } from '../core/errors.ts'
import { type Hosts, isHosts, parseHosts } from '../core/hosts.ts'
import { findConfigFile } from './config-file.ts'

/** A configuration that was read, and the folder that its paths are relative to. */
export interface LoadedConfig {
  readonly config: Config
  readonly folder: string
  /** Absent when there is no file and all is as by default. */
  readonly file: string | undefined
}

/**
 * Reads the configuration: the file that is named, `REOPS_CONFIG`, or `reops.config.ts` in this folder or the
 * nearest one above. Throws `InvalidConfig` when a named file is absent, when the file throws, or when what it
 * exports does not fit the schema.
 */
export async function loadConfig(
  named: string | undefined = process.env.REOPS_CONFIG,
): Promise<LoadedConfig> {
  const file = named === undefined ? findConfigFile(process.cwd()) : path.resolve(named)
  if (file === undefined) return { config: configSchema.parse({}), folder: process.cwd(), file }
  if (!existsSync(file))
    throw new InvalidConfig(`${file}: no such configuration file; see --config and REOPS_CONFIG`)
  const parsed = configSchema.safeParse(await importDefault(file))
  if (!parsed.success)
    throw new InvalidConfig(`${file}: ${explainIssues(parsed.error.issues)}`, { cause: parsed.error })
  return { config: parsed.data, folder: path.dirname(file), file }
}

async function importDefault(file: string): Promise<unknown> {
  let loaded: { default?: unknown }
  try {
    loaded = (await import(pathToFileURL(file).href)) as { default?: unknown }
  } catch (cause) {
    throw new InvalidConfig(
      `${file} threw while it was loaded: ${cause instanceof Error ? cause.message : String(cause)}`,
      { cause },
    )
  }
  if (loaded.default === undefined)
    throw new InvalidConfig(`${file} has no default export; end it with export default defineConfig({ … })`)
  return loaded.default
}

/** Where state is kept: `REOPS_STATE`, or the configured folder beside the configuration. */
export function stateFolder({ config, folder }: LoadedConfig): string {
  return path.resolve(folder, process.env.REOPS_STATE ?? config.state)
}

/** The configured groups as collections of hosts, and `all`: every configured host. Throws `InvalidConfig`. */
export function configuredGroups({ config, file }: LoadedConfig): Map<string, Hosts> {
  const groups = new Map<string, Hosts>()
  const names = Object.keys(config.hosts)
  if (names.length > 0) groups.set('all', collect('all', names, config, file))
  for (const [name, group] of Object.entries(config.groups))
    groups.set(name, isHosts(group) ? group : collect(name, group, config, file))
  return groups
}

function collect(
  name: string,
  members: readonly (string | { readonly name: string })[],
  config: Config,
  file: string | undefined,
): Hosts {
  try {
    return parseHosts({
      via: config.via,
      defaults: {},
      hosts: members.map(member => (typeof member === 'string' ? { name: member } : member)),
    })
  } catch (cause) {
    throw new InvalidConfig(`${file ?? 'configuration'}: group ${name}: ${(cause as Error).message}`, {
      cause,
    })
  }
}
