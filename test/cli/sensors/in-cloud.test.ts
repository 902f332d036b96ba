import path from 'node:path'
import { DynamoDB } from '@aws-sdk/client-dynamodb'
import { beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest'
import { sdkConfig } from '../../../src/core/aws.ts'
import type { CloudRecord } from '../../../src/core/watches/cloud/record.ts'
import { openDynamoWatches } from '../../../src/state/dynamodb/watches/store.ts'
import { newRecord } from '../../../src/triggers/watch/cloud/turn.ts'
import { cloudFormationService } from '../../fakes/aws/cloudformation.ts'
import { startDynamo } from '../../fakes/aws/dynamodb.ts'
import { stsService } from '../../fakes/aws/sts.ts'
import { awsEnvironment, startAws } from '../../fakes/aws/wire.ts'
import { hurrySdk } from '../../support/hurry-sdk.ts'
import { call, project } from '../harness.ts'

beforeAll(() => hurrySdk(new DynamoDB(sdkConfig({ region: 'eu-central-1' }))))

const flows = `
import { flow, hosts, exec, sensor, source, watch } from 're-ops'
import * as z from 'zod'
const input = z.strictObject({})
export const down = flow({ input, steps: exec(hosts(['foo']), 'shutdown -h now') })
export const price = flow({ input, steps: source({ usd: 1 }) })
export const heat = sensor('closet/temperature', { maxAge: '5m', unit: '°C' })
export const tooHot = watch('too-hot', { sensor: heat, when: v => v > 70, for: '2m', flow: down, runs: 'cloud' })
export const cheap = watch('cheap', { poll: { flow: price, every: '1h' }, when: v => v.usd < 1, flow: down, runs: 'cloud' })
export const warm = watch('warm', { sensor: heat, when: v => v > 40, flow: down })
`
const machine = (name: string) => `arn:aws:states:eu-central-1:123456789012:stateMachine:re-ops-${name}`

/** A project whose watches AWS keeps, and the table that they are kept in. */
async function cloud({ deployed = true, watches = ['too-hot', 'cheap'] } = {}) {
  for (const [name, value] of Object.entries({ ...awsEnvironment, AWS_PROFILE: undefined }))
    vi.stubEnv(name, value)
  const dynamo = await startDynamo()
  await dynamo.createTable('re-ops-state')
  const outputs = {
    StateMachineDown: machine('down'),
    TableName: 're-ops-state',
    ...Object.fromEntries(watches.map((name, index) => [`Watch${index}`, machine(`watch-${name}`)])),
  }
  const stacks = deployed ? { 're-ops': { outputs } } : {}
  const aws = await startAws(cloudFormationService({ stacks }), dynamo, stsService())
  const options = { region: 'eu-central-1', endpoint: aws.endpoint }
  const folder = await project({
    'flows/index.ts': flows,
    'reops.config.ts': `export default ${JSON.stringify({ aws: options })}\n`,
  })
  const store = await openDynamoWatches({ table: 're-ops-state', ...options })
  onTestFinished(async () => {
    store.close()
    await aws.end()
    await dynamo.end()
    vi.unstubAllEnvs()
  })
  return { folder, store, aws, reops: (...words: string[]) => call(folder, words) }
}

describe('reops explain of a watch that AWS keeps', () => {
  test('says by its table what would be said at home', async () => {
    const { store, reops, folder } = await cloud()
    const now = Date.now()
    const { state, ...rest } = newRecord(now)
    const record: CloudRecord = {
      ...rest,
      state: {
        ...state,
        phase: 'pending',
        said: 'waiting',
        dwell: { held: 60_000, at: now - 2_000, until: now + 60_000 },
      },
      readings: [
        {
          source: 'closet/temperature',
          topic: 'closet/temperature',
          at: now - 1_000,
          seen: now - 1_000,
          value: 75,
        },
      ],
    }
    await store.write('too-hot', record, undefined, {
      decision: { watch: 'too-hot', at: now - 90_000, code: 'waiting', value: 75 },
    })
    const { stdout, stderr, status } = await reops('explain', 'too-hot')
    expect(stderr).toBe('')
    expect(status).toBe(0)
    expect(stdout).toMatch(
      /^closet\/temperature is 75 °C, [12] s old\.\nIt has held for 1 min \d s of 2 min\. If it goes on, down is started at 20/,
    )
    expect(stdout).toMatch(
      /It never did anything\.\n\nWhat it decided last, newest first:\n.*waiting {3}75\n$/,
    )
    const document = JSON.parse(
      (await reops('explain', 'tooHot', '--cloud', '--json', '--limit', '0')).stdout,
    )
    expect(document).toMatchObject({
      watch: 'too-hot',
      runs: 'cloud',
      state: { phase: 'pending' },
      decisions: [],
    })
    // Nothing was made at home for it.
    await expect(
      import('node:fs/promises').then(fs => fs.stat(path.join(folder, '.reops'))),
    ).rejects.toThrow()
  })

  test('says what it did last, and what is the matter', async () => {
    const { store, reops } = await cloud()
    const now = Date.now()
    const action = { key: 'cheap-a-1', kind: 'flow', input: {}, carried: 'decided' } as const
    await store.write('cheap', { ...newRecord(now), trouble: 'its input is too large' }, undefined, {
      decision: { watch: 'cheap', at: now - 1_000, code: 'act', value: { usd: 0.5 }, action },
    })
    const { stdout } = await reops('explain', 'cheap')
    expect(stdout).toMatch(
      /^Something is the matter: its input is too large\.\nNothing is known of what is asked/,
    )
    expect(stdout).toMatch(/Last, cheap-a-1 was decided and is not started yet, at 20/)
    expect(stdout).toMatch(/act {7}cheap-a-1 \{"usd":0\.5\}/)
  })

  test('says of what has seen nothing, and of what is not deployed, what to do', async () => {
    const { reops } = await cloud({ watches: ['too-hot'] })
    expect((await reops('explain', 'too-hot')).stdout).toMatch(
      /^It has seen nothing yet in AWS; reops up tells AWS what its sensors say\.\nNothing is known of closet/,
    )
    expect((await reops('explain', 'cheap')).stdout).toMatch(
      /^It is not deployed: there is no state machine re-ops-watch-cheap in eu-central-1; reops deploy makes it\.\n/,
    )
  })

  test('without a stack it says that reops deploy makes one', async () => {
    const { reops } = await cloud({ deployed: false })
    const { stderr, status } = await reops('explain', 'too-hot')
    expect(stderr).toMatch(/there is no stack re-ops in region eu-central-1: reops deploy makes it/)
    expect(status).toBe(1)
  })

  test('without credentials it says how to get some', async () => {
    const { reops, folder } = await cloud()
    for (const name of ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY']) vi.stubEnv(name, undefined)
    for (const name of ['AWS_SHARED_CREDENTIALS_FILE', 'AWS_CONFIG_FILE'])
      vi.stubEnv(name, path.join(folder, 'none'))
    const { stderr, status } = await reops('explain', 'too-hot')
    expect(stderr).toMatch(/there are no credentials of AWS/)
    expect(status).toBe(1)
  })

  test('refuses to ask AWS for one that the daemon keeps, and asks nobody', async () => {
    const { reops, aws } = await cloud()
    const { stderr, status } = await reops('explain', 'warm', '--cloud')
    expect(stderr).toMatch(/the daemon keeps the watch warm/)
    expect(status).toBe(2)
    expect((await reops('explain', 'warm')).stdout).toMatch(/^It was never watched; reops up keeps watches\./)
    expect(aws.calls).toEqual([])
  })
})
