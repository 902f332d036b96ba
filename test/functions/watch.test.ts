import { randomUUID } from 'node:crypto'
import path from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { KeptDecision } from '../../src/core/watches/state.ts'
import { watchesIn } from '../../src/run/triggers-in.ts'
import { openDynamoWatches } from '../../src/state/dynamodb/watches/store.ts'
import { type DynamoFake, startDynamo } from '../fakes/aws/dynamodb.ts'
import { type FakeS3, fakeS3 } from '../fakes/aws/s3.ts'
import { type Aws, awsEnvironment, startAws, WireError } from '../fakes/aws/wire.ts'
import fc from '../support/fast-check.ts'
import { type Bundles, openBundles } from '../support/lambda/bundles.ts'
import { openFunction, type RunningFunction } from '../support/lambda/function.ts'
import { environmentOf } from './lab.ts'
import * as exported from './watches/flows.ts'

const table = 're-ops-systems'

let bundles: Bundles
let dynamo: DynamoFake
let s3: FakeS3
let aws: Aws
let decides: RunningFunction
let other: RunningFunction
/** The sensor's clock: each reading is newer than those before it. */
let time: number

const before = { ...process.env }

beforeAll(async () => {
  Object.assign(process.env, awsEnvironment)
  dynamo = await startDynamo()
  await dynamo.createTable(table)
  s3 = fakeS3(['re-ops-data'])
  aws = await startAws(dynamo, s3)
  bundles = await openBundles(path.join(import.meta.dirname, 'watches/flows.ts'))
  const { folder } = await bundles.of('watch')
  decides = openFunction({ folder, environment: environmentOf(aws) })
  other = openFunction({ folder, environment: environmentOf(aws) })
}, 30_000)
afterAll(async () => {
  process.env = before
  await Promise.all([decides?.end(), other?.end()])
  await aws?.end()
  await dynamo?.end()
  await bundles?.remove()
})
beforeEach(async () => {
  aws.calm()
  time = Date.now() - 30_000
  const { Items } = await dynamo.ask<{ Items: { pk: object; sk: object }[] }>('Scan', { TableName: table })
  for (const { pk, sk } of Items) await dynamo.ask('DeleteItem', { TableName: table, Key: { pk, sk } })
})

const asks = (watch: string, more: object) => ({
  ...{ do: 'decide', watch, execution: randomUUID(), looks: 0 },
  ...more,
})
const reading = (value: unknown) => ({
  reading: { v: 1, sensor: 'closet/heat', topic: 'closet/heat', at: time++, value },
})
const ask = async (watch: string, more: object, from = decides) => {
  const { payload, error } = await from.invoke(asks(watch, more))
  if (error !== undefined) throw Object.assign(new Error(error.errorMessage), { name: error.errorType })
  return payload as any
}
const decisionsOf = async (watch: string): Promise<readonly KeptDecision[]> => {
  const options = { table, region: 'eu-central-1', endpoint: aws.endpoint }
  const store = await openDynamoWatches(options)
  const found = await store.decisions(watch)
  store.close()
  return found
}

describe('a watch in the cloud', () => {
  test('decides on a reading, says what to start until that is settled, and remembers it in the table', async () => {
    expect(await ask('too-hot', reading(65))).toEqual({ code: 'calm' })
    const { code, action } = await ask('too-hot', reading(71))
    expect({ code, action }).toEqual({
      code: 'act',
      action: { key: expect.stringMatching(/^too-hot-[0-9a-z]+-1$/), kind: 'flow', input: '{"degrees":71}' },
    })
    // Another machine of the function goes on where this one was.
    expect(await ask('too-hot', reading(72), other)).toMatchObject({ code: 'standing', action })
    const settle = { do: 'settle', key: action.key, carried: 'started' }
    const { look } = await ask('too-hot', settle, other)
    // A level acts again once it has cooled down; its reading is too old by then.
    expect(look).toBeUndefined()
    expect(await ask('too-hot', settle)).toEqual({})
    const [last] = (await decisionsOf('too-hot')).filter(one => one.action !== undefined)
    expect(last).toMatchObject({ code: 'act', value: 71, action: { key: action.key, carried: 'started' } })
  })

  test('asks one execution to look when its dwell is over', async () => {
    const execution = 'the-first'
    const first = await ask('hot-for-long', { execution, ...reading(80) })
    expect(first.code).toBe('waiting')
    const left = Date.parse(first.look) - Date.now()
    expect(left).toBeGreaterThan(4 * 60_000)
    expect(left).toBeLessThanOrEqual(5 * 60_000)
    expect((await ask('hot-for-long', reading(80))).look).toBeUndefined()
    expect((await ask('hot-for-long', { execution, looks: 1 })).look).toBe(first.look)
  })

  test('decides on what a poll found out, wherever that is kept', async () => {
    expect(await ask('cheap', { asked: { output: { price: 9 } } })).toMatchObject({ code: 'calm' })
    expect(await ask('cheap', { asked: { failed: 'States.Timeout: too slow' } })).toEqual({
      code: 'unknown',
      why: 'States.Timeout: too slow',
    })
    const key = 'a'.repeat(64)
    const lost = { asked: { output: { $spilled: key, bytes: 100_000 } } }
    expect(await ask('cheap', lost)).toMatchObject({
      code: 'unknown',
      why: expect.stringContaining("its output can't be read"),
    })
    const { openS3Spill } = await import('../../src/state/s3/index.ts')
    const spill = await openS3Spill({ bucket: 're-ops-data', region: 'eu-central-1', endpoint: aws.endpoint })
    const json = JSON.stringify({ price: 4, padding: 'x'.repeat(100_000) })
    const $spilled = await spill.put(json)
    expect(await ask('cheap', { asked: { output: { $spilled, bytes: json.length } } })).toMatchObject({
      code: 'act',
      action: { input: '{"degrees":4}' },
    })
  })

  test('acts once where machines of the function decide at once', async () => {
    const all = [71, 72, 73, 74].map((value, index) =>
      ask('too-hot', reading(value), index % 2 ? decides : other),
    )
    const answers = await Promise.all(all)
    expect(new Set(answers.map(({ action }) => action.key)).size).toBe(1)
    expect((await decisionsOf('too-hot')).filter(one => one.action !== undefined)).toHaveLength(1)
  })

  test('decides nothing that it can not write, and says by a name what kept it', async () => {
    const denied = new WireError('AccessDeniedException', 'User: x may not dynamodb:PutItem')
    aws.next('dynamodb TransactWriteItems', denied)
    await expect(ask('too-hot', reading(80))).rejects.toMatchObject({ name: 'AwsDenied' })
    expect(await decisionsOf('too-hot')).toEqual([])
    expect((await ask('too-hot', reading(80))).code).toBe('act')
  })

  test('goes on after a table that hung up in the middle of the write', async () => {
    aws.next('dynamodb TransactWriteItems', 'do it, then hang up')
    const { code, action } = await ask('too-hot', reading(80))
    expect(code).toBe('act')
    expect(await ask('too-hot', reading(80))).toMatchObject({ action })
  })

  test('begins anew where what it remembered can not be read, and says so in answer, decision and log', async () => {
    const item = { pk: { S: 'watches/state' }, sk: { S: 'too-hot' }, stamp: { S: 's' }, record: { S: '{' } }
    await dynamo.ask('PutItem', { TableName: table, Item: item })
    const why = expect.stringContaining('begins anew')
    expect(await ask('too-hot', reading(65))).toMatchObject({ code: 'calm', why })
    expect(await decisionsOf('too-hot')).toMatchObject([{ code: 'calm', why }])
    await expect.poll(() => JSON.stringify(decides.logs)).toContain('watch too-hot begins anew')
  })
})

describe('what is asked', () => {
  const errorOf = async (event: unknown) => (await decides.invoke(event)).error

  test('of a watch that is not there is refused by a name, with those that are', async () => {
    for (const name of ['hot', '__proto__', 'toString']) {
      const error = await errorOf(asks(name, {}))
      expect(error).toMatchObject({ errorType: 'UnknownWatch' })
      for (const known of watchesIn(exported).keys()) expect(error?.errorMessage).toContain(known)
    }
  })

  test.each([
    ['nothing', null],
    ['a task', { operation: 'x', flow: 'x', step: 'x' }],
    ['no execution', { do: 'decide', watch: 'too-hot', looks: 0 }],
    ['something else, too', asks('too-hot', { more: 1 })],
    ['a reading of another version', asks('too-hot', { reading: { ...reading(1).reading, v: 2 } })],
    ['a value that is too large', asks('too-hot', reading('x'.repeat(4_095)))],
    ['a time that is none', asks('too-hot', { reading: { ...reading(1).reading, at: 1e300 } })],
    [
      'a topic that is too long',
      asks('too-hot', { reading: { ...reading(1).reading, topic: 'x'.repeat(1_025) } }),
    ],
    ['another sensor', asks('too-hot', { reading: { ...reading(1).reading, sensor: 'attic' } })],
    ['a settlement of nothing', { ...asks('too-hot', {}), do: 'settle' }],
  ])('with %s is refused, and nothing is written', async (_, event) => {
    expect(await errorOf(event)).toMatchObject({ errorType: 'UnexpectedData' })
    const { Count } = await dynamo.ask<{ Count: number }>('Scan', { TableName: table })
    expect(Count).toBe(0)
  })

  test('however it is nested or made up breaks nothing', async () => {
    const nested = `${'['.repeat(3_000)}${']'.repeat(3_000)}`
    expect(await errorOf(asks('too-hot', reading(JSON.parse(nested))))).toMatchObject({
      errorType: 'UnexpectedData',
    })
    const anything = fc.record({ reading: fc.jsonValue(), asked: fc.jsonValue() }, { requiredKeys: [] })
    await fc.assert(
      fc.asyncProperty(anything, async more => {
        const error = await errorOf(asks('too-hot', more))
        if (Object.keys(more).length > 0) expect(error?.errorType).toBe('UnexpectedData')
      }),
      { numRuns: 30 },
    )
    expect(decides.starts).toBe(1)
  })
})

test('it touches nothing of the table but what begins with watches/', () => {
  const calls = aws.calls.filter(({ service }) => service === 'dynamodb').map(({ body }) => String(body))
  const keys = calls.flatMap(text => [...text.matchAll(/":?pk":\{"S":"([^"]*)"/g)].map(match => match[1]))
  expect(keys.length).toBeGreaterThan(0)
  for (const key of keys) expect(key).toMatch(/^watches\/(?:state|decisions)$/)
})
