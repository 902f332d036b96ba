import { existsSync } from 'node:fs'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import { InvalidConfig, ReopsError } from '../core/errors.ts'
import type { Flow } from '../core/flow.ts'
import type { Preset } from '../core/systems/spec.ts'
import type { LoadedConfig } from './config.ts'
import { flowsIn } from './flows-in.ts'

/** No flow has this name. */
export class UnknownFlow extends ReopsError {
  override readonly name = 'UnknownFlow'
  override readonly slug = 'unknown-flow'
}

/**
 * Loads the flows by the names that `flows/index.ts` exports them by, and for each type that it exports the flows that
 * provision its systems. Throws `InvalidConfig` when the file throws, and `InvalidArguments` for types that can't be.
 */
export async function loadFlows({ config, folder }: LoadedConfig): Promise<Map<string, Flow>> {
  const file = path.resolve(folder, config.flows)
  if (!existsSync(file))
    throw new InvalidConfig(
      `${file}: there are no flows here; create the file, or set flows in reops.config.ts`,
    )
  return flowsIn(await importFlows(file))
}

/** The presets of systems among what `flows/index.ts` exports, by their names there; none where there is no such file. */
export async function loadPresets({ config, folder }: LoadedConfig): Promise<ReadonlyMap<string, Preset>> {
  const file = path.resolve(folder, config.flows)
  if (!existsSync(file)) return new Map()
  return new Map(
    Object.entries(await importFlows(file)).filter((entry): entry is [string, Preset] => isPreset(entry[1])),
  )
}

/** All that `flows/index.ts` exports: schedules, sensors and watches stand beside the flows. Nothing where there is no such file. */
export async function loadExports({
  config,
  folder,
}: LoadedConfig): Promise<Readonly<Record<string, unknown>>> {
  const file = path.resolve(folder, config.flows)
  return existsSync(file) ? importFlows(file) : {}
}

function isPreset(value: unknown): value is Preset {
  return typeof value === 'object' && value !== null && 'preset' in value && 'part' in value
}

async function importFlows(file: string): Promise<Record<string, unknown>> {
  try {
    return (await import(pathToFileURL(file).href)) as Record<string, unknown>
  } catch (cause) {
    throw new InvalidConfig(
      `${file} threw while it was loaded: ${cause instanceof Error ? cause.message : String(cause)}`,
      { cause },
    )
  }
}

/** One flow by its name; throws `UnknownFlow`, which names those that there are. */
export function findFlow(flows: ReadonlyMap<string, Flow>, name: string): Flow {
  const flow = flows.get(name)
  if (flow) return flow
  const names = [...flows.keys()]
  throw new UnknownFlow(
    `there is no flow ${JSON.stringify(name)}; ${names.length > 0 ? `there are ${names.join(', ')}` : 'flows/index.ts exports none'}`,
    { detail: { flow: name, flows: names } },
  )
}
