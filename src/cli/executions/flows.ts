import { existsSync } from 'node:fs'
import path from 'node:path'
import type { Flow } from '../../core/flow.ts'
import type { LoadedConfig } from '../../run/config.ts'
import { loadFlows } from '../../run/flows.ts'

/** The flows that executions are gone on with; none where there is no file of them, since commands leave executions too. */
export async function knownFlows(loaded: LoadedConfig): Promise<ReadonlyMap<string, Flow>> {
  return existsSync(path.resolve(loaded.folder, loaded.config.flows)) ? loadFlows(loaded) : new Map()
}
