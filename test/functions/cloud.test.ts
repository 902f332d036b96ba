import { mkdir, mkdtemp, realpath, rm } from 'node:fs/promises'
import { tmpdir, userInfo } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import type { SystemStore } from '../../src/core/systems/store.ts'
import { execute } from '../../src/executor/index.ts'
import { openDynamoSystems } from '../../src/state/dynamodb/index.ts'
import { type DynamoFake, startDynamo } from '../fakes/aws/dynamodb.ts'
import { type FakeEc2, fakeEc2 } from '../fakes/aws/ec2.ts'
import { fakeS3 } from '../fakes/aws/s3.ts'
import { type FakeSsm, fakeSsm } from '../fakes/aws/ssm.ts'
import { type Aws, awsEnvironment, startAws, type WireCall } from '../fakes/aws/wire.ts'
import { type Bundles, openBundles } from '../support/lambda/bundles.ts'
import { type Fleet, openFleet } from '../support/lambda/fleet.ts'
import { compiled, environmentOf, flowsFile } from './lab.ts'

let bundles: Bundles
let folder: string
let dynamo: DynamoFake
let ec2: FakeEc2
let ssm: FakeSsm
let aws: Aws
let store: SystemStore
let fleet: Fleet

const capabilities = ['code', 'ec2', 'spot', 'ssm', 'store'] as const
const substitution = (capability: string) =>
  `\${${capability[0]!.toUpperCase()}${capability.slice(1)}Function}`

beforeAll(async () => {
  for (const [name, value] of Object.entries(awsEnvironment)) vi.stubEnv(name, value)
  bundles = await openBundles(flowsFile)
  folder = await realpath(await mkdtemp(path.join(tmpdir(), 'reops-cloud-')))
  const home = path.join(folder, 'home')
  await mkdir(home)
  dynamo = await startDynamo()
  await dynamo.createTable('re-ops-systems')
  const s3 = fakeS3(['re-ops-data'])
  ec2 = fakeEc2()
  ssm = fakeSsm({ s3 })
  /** An instance that was launched has the agent of Systems Manager. */
  const launching = {
    ...{ name: ec2.name, protocol: ec2.protocol },
    handle: async (call: WireCall) => {
      const reply = await ec2.handle(call)
      for (const id of ec2.instances.keys())
        if (!ssm.instances.has(id)) ssm.instances.set(id, { folder: home })
      return reply
    },
  }
  aws = await startAws(s3, ssm, dynamo, launching)
  store = await openDynamoSystems({ table: 're-ops-systems', endpoint: aws.endpoint })
  const settings = {
    aws: { endpoint: aws.endpoint, ec2: { image: 'ami-0000000000000864a', user: userInfo().username } },
  }
  const environment = environmentOf(aws, settings)
  const made = await Promise.all(capabilities.map(capability => bundles.of(capability)))
  fleet = openFleet({
    functions: new Map(
      made.map((bundle, index) => [
        substitution(capabilities[index]!),
        { folder: bundle.folder, environment, timeoutMs: 60_000 },
      ]),
    ),
  })
}, 60_000)
afterAll(async () => {
  await fleet?.end()
  await store?.close()
  await ssm?.end()
  await aws?.end()
  await dynamo?.end()
  await bundles?.remove()
  if (folder) await rm(folder, { recursive: true, force: true })
  vi.unstubAllEnvs()
})

async function run(flow: string): Promise<any> {
  const execution = execute({
    machine: compiled(flow).machine,
    machineName: flow,
    input: {},
    invoke: fleet.invoke,
  })
  fleet.serve(execution)
  const ended = await execution.result()
  expect(ended).toMatchObject({ status: 'SUCCEEDED' })
  return ended.status === 'SUCCEEDED' ? ended.output : undefined
}

describe('flows about the cloud alone', () => {
  test('instances are created, reached by Run Command, and kept in the table', async () => {
    const output = await run('launching')
    expect(output).toMatchObject({ failure: [], successful: [{ value: 42 }, { value: 42 }] })
    expect((await store.list()).map(({ hostname, state }) => [hostname, state])).toEqual([
      ['web-1', 'running'],
      ['web-2', 'running'],
    ])
    expect(new Set(fleet.called)).toEqual(new Set(['ec2', 'ssm', 'code'].map(substitution)))
  })

  test('what an instance says is too large for a state, and travels through the bucket', async () => {
    expect(await run('counted')).toMatchObject({
      failure: [],
      successful: [{ value: 90_000 }, { value: 90_000 }],
    })
    expect(fleet.called).toContain(substitution('store'))
  })

  test('what EC2 says of a spot instance is written down with its system, once', async () => {
    const [system] = await store.list()
    const spot = fleet.function(substitution('spot'))
    const event = {
      version: '0',
      id: '12345678-1234-1234-1234-123456789012',
      source: 'aws.ec2',
      account: '123456789012',
      time: '2030-01-01T00:00:00Z',
      region: 'eu-central-1',
      resources: [`arn:aws:ec2:eu-central-1:123456789012:instance/${system!.ref}`],
    }
    const warning = {
      ...event,
      'detail-type': 'EC2 Spot Instance Interruption Warning',
      detail: { 'instance-id': system!.ref, 'instance-action': 'terminate' },
    }
    const written = { system: system!.id, written: true }
    expect(await spot.invoke(warning)).toEqual({ payload: written })
    expect(await spot.invoke(warning)).toEqual({ payload: { ...written, written: false } })
    const recommendation = {
      ...event,
      'detail-type': 'EC2 Instance Rebalance Recommendation',
      detail: { 'instance-id': system!.ref },
    }
    expect(await spot.invoke(recommendation)).toEqual({ payload: { ...written, written: false } })
    expect(await store.get(system!.id)).toMatchObject({
      state: 'running',
      problem: 'EC2 takes this spot instance back at about 2030-01-01T00:02:00.000Z: terminate',
    })
    const strange = {
      ...warning,
      detail: { 'instance-id': 'i-0123456789abcdef0', 'instance-action': 'stop' },
    }
    expect(await spot.invoke(strange)).toEqual({ payload: { system: null, written: false } })
    expect((await spot.invoke({ ...warning, detail: {} })).error?.errorType).toBe('UnexpectedData')
    expect((await spot.invoke({ ...warning, source: 'somebody' })).error?.errorType).toBe('UnexpectedData')
  })

  test('an instance that somebody works on gets its word a little later', async () => {
    const [, system] = await store.list()
    const { lease } = await store.acquire(system!.id, 'a test', 'nothing', 60_000, Date.now())
    const event = {
      source: 'aws.ec2',
      time: '2030-01-01T00:00:00Z',
      'detail-type': 'EC2 Instance Rebalance Recommendation',
      detail: { 'instance-id': system!.ref },
    }
    const before = aws.calls.length
    const written = fleet.function(substitution('spot')).invoke(event)
    await vi.waitUntil(() => aws.calls.length > before)
    await store.release(system!.id, lease.fence)
    expect(await written).toEqual({ payload: { system: system!.id, written: true } })
    expect((await store.get(system!.id))?.problem).toContain('EC2 recommends')
  })

  test('prices of spot capacity are told by the function that may ask for them', async () => {
    const at = Date.now() - 60_000
    ec2.prices.push({ type: 't3.micro', zone: 'eu-central-1a', at, price: '0.0037' })
    expect(await run('prices')).toMatchObject({ cheapest: [{ type: 't3.micro', price: 0.0037 }] })
  })

  test('instances are stopped and destroyed by calls that end, with pauses between them', async () => {
    expect(await run('ending')).toMatchObject({ failure: [], successful: [{}, {}] })
    expect(await store.list()).toEqual([])
    expect([...ec2.instances.values()].map(({ state }) => state)).toEqual(['terminated', 'terminated'])
  })
})
