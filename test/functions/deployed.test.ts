import { createHmac } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import path from 'node:path'
import { PutParameterCommand, SSMClient } from '@aws-sdk/client-ssm'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import type { Json } from '../../src/core/json.ts'
import { execute } from '../../src/executor/index.ts'
import { refusedOf } from '../support/lambda/permissions.ts'
import { watchTests } from './deployed-watches.ts'
import { type DeploymentLab, deploymentLab, keyOf } from './deployment-lab.ts'

// One synthesis, as `reops deploy` makes it, is what all of this is about: its template, and its assets as they are.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 120_000 })

let lab: DeploymentLab
beforeAll(async () => {
  lab = await deploymentLab()
})
afterAll(() => lab?.close())

/** Executes a flow as it is deployed. */
async function deployed(flow: string, input: Json = {}) {
  const { fleet, deployment } = lab
  const execution = execute({
    machine: deployment.machines.get(flow)!,
    machineName: flow,
    input,
    invoke: fleet.invoke,
  })
  fleet.serve(execution)
  return execution.result()
}

async function run(flow: string): Promise<any> {
  const ended = await deployed(flow)
  expect(ended).toMatchObject({ status: 'SUCCEEDED' })
  return ended.status === 'SUCCEEDED' ? ended.output : undefined
}

/** How long hosts took, and what AWS and Re-ops call instances, differ from run to run. */
function comparable(value: unknown): unknown {
  const text = JSON.stringify(value, (key, part: unknown) => (key === 'ms' ? 0 : part))
  return JSON.parse(text.replaceAll(/\b(i|sys)-[0-9a-f]{17,20}\b/g, '$1-1'))
}

/** A flow ends in the cloud as it does in this process. Answers how. */
async function same(flow: string, input: Json = {}): Promise<any> {
  const there = await deployed(flow, input)
  const here = await lab.local(flow, input)
  expect(comparable(there)).toEqual({ status: 'SUCCEEDED', output: comparable(here) })
  return here
}

describe('a synthesised deployment', () => {
  test('has the bundles of all that flows use, and of nothing else', async () => {
    const { deployment } = lab
    const capabilities = [...deployment.functions.values()].map(({ capability }) => capability)
    expect(capabilities.sort()).toEqual([
      'bridge',
      'code',
      'dns',
      'ec2',
      'spot',
      'ssm',
      'store',
      'watch',
      'webhook',
    ])
    for (const { capability, folder } of deployment.functions.values()) {
      const files = await readdir(folder)
      expect(files).toContain('index.mjs')
      expect(files.includes('node_modules')).toBe(capability === 'bridge')
    }
  })

  test('left nothing in the project but its output', () => {
    expect(lab.left).toEqual(['cdk.out'])
  })

  test('holds no secret', async () => {
    const files = await readdir(lab.outdir, { recursive: true, withFileTypes: true })
    for (const file of files.filter(one => one.isFile()))
      expect(await readFile(path.join(file.parentPath, file.name), 'utf8')).not.toContain(lab.secretKey)
  })
})

describe('a deployed flow ends as it does in this process', () => {
  test.each(['counting', 'sum', 'rescued', 'doubling'])('by closures and the bridge: %s', async flow => {
    await same(flow, { n: 4 })
  })

  test('where a value is too large for a state', async () => {
    expect(await same('large', { n: 300_000 })).toBe(300_000)
  })

  test('by an operation of the author in the cloud', async () => {
    expect(await same('resolving')).toBe('example.org is at 192.0.2.1')
  })

  test('and by the same error where it fails', async () => {
    const there = await deployed('moon', { n: 1 })
    expect(there).toMatchObject({ status: 'FAILED', error: 'NoSuchMoon' })
    await expect(lab.local('moon', { n: 1 })).rejects.toMatchObject({
      message: expect.stringContaining('there is no second moon'),
    })
  })
})

describe('flows about the cloud alone', () => {
  test('instances are created, reached by Run Command, and kept in the table', async () => {
    const output = await same('launching')
    expect(output).toMatchObject({ failure: [], successful: [{ value: 42 }, { value: 42 }] })
    expect((await lab.store.list()).map(({ hostname, state }) => [hostname, state])).toEqual([
      ['web-1', 'running'],
      ['web-2', 'running'],
    ])
    expect(lab.fleet.called).toEqual(expect.arrayContaining(['ec2', 'ssm', 'code'].map(lab.versionOf)))
  })

  test('what an instance says is too large for a state, and travels through the bucket', async () => {
    expect(await same('counted')).toMatchObject({
      failure: [],
      successful: [{ value: 90_000 }, { value: 90_000 }],
    })
    expect(lab.fleet.called).toContain(lab.versionOf('store'))
  })

  test('what EC2 says of a spot instance is written down with its system, once', async () => {
    const [system] = await lab.store.list()
    const spot = lab.fleet.function(lab.versionOf('spot'))
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
    expect(await lab.store.get(system!.id)).toMatchObject({
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
    const [, system] = await lab.store.list()
    const { lease } = await lab.store.acquire(system!.id, 'a test', 'nothing', 60_000, Date.now())
    const event = {
      source: 'aws.ec2',
      time: '2030-01-01T00:00:00Z',
      'detail-type': 'EC2 Instance Rebalance Recommendation',
      detail: { 'instance-id': system!.ref },
    }
    const before = lab.aws.calls.length
    const written = lab.fleet.function(lab.versionOf('spot')).invoke(event)
    await vi.waitUntil(() => lab.aws.calls.length > before)
    await lab.store.release(system!.id, lease.fence)
    expect(await written).toEqual({ payload: { system: system!.id, written: true } })
    expect((await lab.store.get(system!.id))?.problem).toContain('EC2 recommends')
  })

  test('prices of spot capacity are told by the function that may ask for them', async () => {
    const at = Date.now() - 60_000
    for (const { prices } of [lab.ec2, lab.localEc2])
      prices.push({ type: 't3.micro', zone: 'eu-central-1a', at, price: '0.0037' })
    expect(await run('prices')).toMatchObject({ cheapest: [{ type: 't3.micro', price: 0.0037 }] })
  })

  test('instances are stopped and destroyed by calls that end, with pauses between them', async () => {
    expect(await same('ending')).toMatchObject({ failure: [], successful: [{}, {}] })
    expect(await lab.store.list()).toEqual([])
    expect([...lab.ec2.instances.values()].map(({ state }) => state)).toEqual(['terminated', 'terminated'])
  })
})

test('a webhook starts its flow, as it is deployed, for whoever has the secret', async () => {
  const { aws, states } = lab
  const secret = { Name: '/re-ops/hooks/git', Value: 'a secret of ours' }
  const client = new SSMClient({ region: 'eu-central-1', endpoint: aws.endpoint })
  await client.send(new PutParameterCommand({ ...secret, Type: 'SecureString' }))
  client.destroy()
  const hook = lab.fleet.function(lab.versionOf('webhook'))
  const post = async (body: string, key: string) => {
    const [id, at] = ['msg_1', String(Math.floor(Date.now() / 1_000))]
    const signature = createHmac('sha256', key).update(`${id}.${at}.${body}`).digest('base64')
    const { payload } = await hook.invoke({
      rawPath: '/hooks/git/push',
      headers: { 'webhook-id': id, 'webhook-timestamp': at, 'webhook-signature': `v1,${signature}` },
      requestContext: { http: { method: 'POST' } },
      body,
    })
    return payload as { readonly statusCode: number; readonly body: string }
  }
  expect((await post('{"n":21}', 'another')).statusCode).toBe(401)
  const answer = await post('{"n":21}', secret.Value)
  expect(answer.statusCode).toBe(202)
  const { execution } = JSON.parse(answer.body)
  await vi.waitUntil(() => states.executions.get(execution)?.status !== 'RUNNING', { timeout: 20_000 })
  const { status, output } = states.executions.get(execution) as { status: string; output?: string }
  expect({ status, output: JSON.parse(output ?? 'null') }).toMatchObject({
    status: 'SUCCEEDED',
    output: { n: 42, input: 21, flow: 'doubling' },
  })
})

watchTests(() => lab, 're-ops-state')

test('no function asked AWS for what its role does not allow', () => {
  const refused = new Set<string>()
  const asked = new Set<string>()
  for (const call of lab.aws.calls) {
    const one = [...lab.deployment.functions.values()].find(
      ({ capability }) => keyOf(capability) === call.key,
    )
    if (one === undefined) continue
    asked.add(one.capability)
    for (const what of refusedOf(call, one.statements)) refused.add(`${one.capability}: ${what}`)
  }
  expect([...refused]).toEqual([])
  expect([...asked].sort()).toEqual(['bridge', 'code', 'ec2', 'spot', 'ssm', 'store', 'watch', 'webhook'])
})
