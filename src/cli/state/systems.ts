import type { SystemStore } from '../../core/systems/store.ts'
import { neutralise } from '../../operations/output/format/index.ts'
import type { LoadedConfig } from '../../run/config.ts'
import { openSystems } from '../../run/open-systems.ts'
import type { CommandContext } from '../context.ts'

/**
 * Opens the systems of a configuration, does something with them, and closes them whatever came of it. `told` counts
 * what had to be said on stderr meanwhile: that a system can't be read, or that the database was set aside.
 */
export async function withSystems<T>(
  { stderr }: Pick<CommandContext, 'stderr'>,
  loaded: LoadedConfig,
  use: (store: SystemStore, told: () => number) => Promise<T>,
): Promise<T> {
  let told = 0
  const store = await openSystems(loaded, text => {
    told++
    stderr.write(`reops: ${neutralise(text)}\n`)
  })
  try {
    return await use(store, () => told)
  } finally {
    await store.close()
  }
}
