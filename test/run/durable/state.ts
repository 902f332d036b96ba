import { configSchema } from '../../../src/core/config.ts'
import type { LoadedConfig } from '../../../src/run/config.ts'

/** The configuration by default, with its state in this folder. */
export function stateIn(folder: string): LoadedConfig {
  return { config: configSchema.parse({ state: '.' }), folder, file: undefined }
}
