import { clientOptions } from '../../src/core/aws.ts'
import { InvalidConfig } from '../../src/core/errors.ts'
import type { SpillStore } from '../../src/core/spill.ts'
import type { FunctionEnvironment } from '../../src/run/deploy/function-environment.ts'

/** Data that is too large for a state, in the stack's bucket. The client is loaded when there is such data. */
export function spilledData({ bucket, settings }: FunctionEnvironment): SpillStore {
  let opened: Promise<SpillStore> | undefined
  const open = (): Promise<SpillStore> => {
    opened ??= load().catch((error: unknown) => {
      opened = undefined
      throw error
    })
    return opened
  }
  const load = async (): Promise<SpillStore> => {
    if (bucket === undefined)
      throw new InvalidConfig(
        'data is too large for a state and this function has no bucket for it: REOPS_BUCKET is not set; deploy it again, with reops deploy',
      )
    const { openS3Spill } = await import('../../src/state/s3/index.ts')
    return openS3Spill({ bucket, ...clientOptions(settings.aws, 's3') })
  }
  return {
    put: async json => (await open()).put(json),
    get: async key => (await open()).get(key),
  }
}
