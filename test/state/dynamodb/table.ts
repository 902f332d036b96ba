import { DynamoDB } from '@aws-sdk/client-dynamodb'
import { afterAll, beforeAll } from 'vitest'
import { sdkConfig } from '../../../src/core/aws.ts'
import type { Clock } from '../../../src/core/ports.ts'
import { type DynamoOptions, openDynamoSystems } from '../../../src/state/dynamodb/index.ts'
import { type DynamoFake, startDynamo } from '../../fakes/aws/dynamodb.ts'
import { type Aws, awsEnvironment, startAws } from '../../fakes/aws/wire.ts'
import { hurrySdk } from '../../support/hurry-sdk.ts'

await hurrySdk(new DynamoDB(sdkConfig({ region: 'eu-central-1' })))

/** Pauses are short: whoever is waited for is near. */
export const hasty: Clock = {
  now: () => Date.now(),
  sleep: ms => new Promise(resolve => setTimeout(resolve, Math.min(ms, 40))),
}

/** DynamoDB for the tests of a file, with a table of its own for each that wants one. */
export function useDynamo() {
  let dynamo: DynamoFake
  let aws: Aws
  let count = 0
  const before = { ...process.env }
  beforeAll(async () => {
    Object.assign(process.env, awsEnvironment)
    dynamo = await startDynamo()
    aws = await startAws(dynamo)
  })
  afterAll(async () => {
    process.env = before
    await aws.end()
    await dynamo.end()
  })
  return {
    dynamo: () => dynamo,
    aws: () => aws,
    /** Does something else right before the next call of an action is answered. */
    meanwhile(action: string, work: () => Promise<unknown>) {
      const { handle } = dynamo
      dynamo.handle = async call => {
        if (call.action !== action) return handle(call)
        dynamo.handle = handle
        await work()
        return handle(call)
      }
    },
    async table() {
      const name = `reops-${++count}`
      await dynamo.createTable(name)
      return name
    },
    open: (table: string, options: Partial<DynamoOptions> = {}) =>
      openDynamoSystems({ table, region: 'eu-central-1', endpoint: aws.endpoint, clock: hasty, ...options }),
  }
}
