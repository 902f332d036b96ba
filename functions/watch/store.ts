import { clientOptions } from '../../src/core/aws.ts'
import { InvalidConfig } from '../../src/core/errors.ts'
import type { CloudWatchStore } from '../../src/core/watches/cloud/record.ts'
import type { FunctionEnvironment } from '../../src/run/deploy/function-environment.ts'
import { log } from '../shared/log.ts'

/** What watches remember, in the stack's table. The client is loaded with it. */
export async function openStore({ table, settings }: FunctionEnvironment): Promise<CloudWatchStore> {
  if (table === undefined)
    throw new InvalidConfig(
      'this function has no table for what watches remember: REOPS_TABLE is not set; deploy it again, with reops deploy',
    )
  const { openDynamoWatches } = await import('../../src/state/dynamodb/watches/store.ts')
  const notice = (message: string) => log({ level: 'warn', message })
  return openDynamoWatches({ table, notice, ...clientOptions(settings.aws, 'dynamodb') })
}
