import { clientOptions } from '../../core/aws.ts'
import type { SpillStore } from '../../core/spill.ts'
import { type Aws, openAws } from '../../run/aws/clients.ts'
import { type Deployed, deployedStack } from '../../run/aws/stack.ts'
import type { LoadedConfig } from '../../run/config.ts'
import type { Args } from '../command.ts'
import type { CommandContext } from '../context.ts'
import { configuration } from '../session/configuration.ts'

/** AWS, while a command looks at it. */
export interface Cloud {
  readonly loaded: LoadedConfig
  readonly aws: Aws
}

/** What is deployed, besides. */
export interface DeployedCloud extends Cloud {
  readonly stack: Deployed
  /** What was too large to travel in a state, in the stack's bucket. */
  readonly store: SpillStore
}

/** Opens AWS as the configuration says, does something with it, and closes it whatever came of that. */
export async function withAws<T>(
  context: CommandContext,
  args: Args,
  use: (cloud: Cloud) => Promise<T>,
): Promise<T> {
  const loaded = await configuration(context, args)
  const aws = openAws(loaded.config.aws)
  try {
    return await use({ loaded, aws })
  } finally {
    aws.close()
  }
}

/** The same for what needs a stack. Rejects with `NotDeployed` where there is none. */
export function withCloud<T>(
  context: CommandContext,
  args: Args,
  use: (cloud: DeployedCloud) => Promise<T>,
): Promise<T> {
  return withAws(context, args, async cloud => {
    const stack = await deployedStack(cloud.aws)
    const spilled = lazySpill(cloud.loaded, stack)
    try {
      return await use({ ...cloud, stack, store: spilled.store })
    } finally {
      await spilled.close()
    }
  })
}

/** The client of S3 is only loaded where something is or was too large. */
function lazySpill({ config }: LoadedConfig, { bucket, region, stack }: Deployed) {
  const open = async () => {
    if (bucket === undefined)
      throw new Error(
        `the stack ${stack} names no bucket (BucketName), where large data is: reops deploy makes it`,
      )
    const { openS3Spill } = await import('../../state/s3/index.ts')
    return openS3Spill({ ...clientOptions(config.aws, 's3'), region, bucket })
  }
  let opened: ReturnType<typeof open> | undefined
  const get = () => {
    opened ??= open()
    return opened
  }
  const store: SpillStore = {
    put: async json => (await get()).put(json),
    get: async key => (await get()).get(key),
  }
  return { store, close: async () => (await opened?.catch(() => undefined))?.close() }
}
