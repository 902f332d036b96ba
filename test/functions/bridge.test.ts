import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import type { Bridge } from '../../onprem-bridge/bridge.ts'
import type { Json } from '../../src/core/json.ts'
import { type FakeS3, fakeS3 } from '../fakes/aws/s3.ts'
import { type Aws, awsEnvironment, jsonReply, startAws, WireError } from '../fakes/aws/wire.ts'
import { type StepFunctions, startStepFunctions } from '../fakes/step-functions.ts'
import { type BridgeLab, bridgeLab } from '../lab/bridge/bridge.ts'
import { type Bundles, openBundles } from '../support/lambda/bundles.ts'
import { openFunction, type RunningFunction } from '../support/lambda/function.ts'
import { environmentOf, flowsFile, requestOf } from './lab.ts'

let bundles: Bundles
let stepFunctions: StepFunctions
let s3: FakeS3
let aws: Aws
let lab: BridgeLab
let open: Bridge
let secretKey: string
let environment: Record<string, string>
const functions: RunningFunction[] = []

/** Parameter Store, as far as the function asks it. */
const parameters = {
  name: 'ssm',
  protocol: 'json',
  handle: ({ json }: { json: { Name?: string; WithDecryption?: boolean } }) => {
    if (json.Name !== '/re-ops/bridge/client-key' || json.WithDecryption !== true)
      throw new WireError('ParameterNotFound', '')
    return jsonReply({ Parameter: { Name: json.Name, Type: 'SecureString', Value: secretKey } })
  },
} as const

beforeAll(async () => {
  for (const [name, value] of Object.entries(awsEnvironment)) vi.stubEnv(name, value)
  bundles = await openBundles(flowsFile)
  stepFunctions = await startStepFunctions()
  s3 = fakeS3(['re-ops-data'])
  aws = await startAws(parameters, s3)
  vi.stubEnv('AWS_ENDPOINT_URL_S3', aws.endpoint)
  lab = await bridgeLab({
    hosts: ['foo', 'bar'],
    bridge: {
      stepFunctions: {
        region: 'eu-central-1',
        endpoint: stepFunctions.endpoint,
        bucket: 're-ops-data',
      },
    },
  })
  open = await lab.open()
  secretKey = (await lab.key('cloud')).secretKey
  environment = environmentOf(aws, { bridge: { url: lab.at('jobs'), key: open.key } })
})
afterAll(async () => {
  await Promise.all(functions.map(one => one.end()))
  await open?.end(0)
  await lab?.close()
  await aws?.end()
  await stepFunctions?.end()
  await bundles?.remove()
  vi.unstubAllEnvs()
})

async function bridgeFunction(
  other: Record<string, string> = {},
  timeoutMs = 15_000,
): Promise<RunningFunction> {
  const { folder } = await bundles.of('bridge')
  const opened = openFunction({ folder, environment: { ...environment, ...other }, timeoutMs })
  functions.push(opened)
  return opened
}

const taskWith = (token: string) => requestOf('counting', compiledHosts(), { operation: 'exec', token })
const compiledHosts = (): Json => ({ via: 'ssh', defaults: {}, hosts: [{ name: 'foo' }] })

async function answerOf(token: string) {
  return vi.waitUntil(() => stepFunctions.answerOf(token), { timeout: 10_000, interval: 10 })
}

describe('the function of the bridge', () => {
  test('hands a task over and ends, and the bridge answers the token', async () => {
    const bridge = await bridgeFunction()
    stepFunctions.hold('one', 'two')
    expect(await bridge.invoke(taskWith('one'))).toEqual({
      payload: { job: expect.stringMatching(/\/[0-9a-f]{32}$/) },
    })
    const answer = await answerOf('one')
    expect(answer.action).toBe('SendTaskSuccess')
    // What the command says is too large for a state, and was brought to the bucket before.
    const { $spilled } = JSON.parse(answer.body.output ?? '') as { $spilled: string }
    const kept = s3.buckets.get('re-ops-data')?.get(`spilled/${$spilled}`)
    expect(JSON.parse(String(kept?.bytes))).toMatchObject({
      successful: [{ host: 'foo', value: { stdout: '42\n' } }],
    })
    const asked = aws.callsOf('ssm').length
    await bridge.invoke(taskWith('two'))
    await answerOf('two')
    // The key is read once.
    expect(aws.callsOf('ssm').length).toBe(asked)
    await vi.waitUntil(() => JSON.stringify(bridge.logs).split('"answered"').length > 2)
    expect(JSON.stringify(bridge.logs)).not.toContain(secretKey)
  })

  test('submits one job for an event that comes twice, and another for the next attempt of its state', async () => {
    const bridge = await bridgeFunction()
    stepFunctions.hold('first', 'second')
    const event = taskWith('first')
    const [once, twice] = [await bridge.invoke(event), await bridge.invoke(event)]
    expect(twice).toEqual(once)
    expect(once.payload).toBeDefined()
    expect((await bridge.invoke({ ...event, token: 'second' })).payload).not.toEqual(once.payload)
    await Promise.all([answerOf('first'), answerOf('second')])
  })

  test('fails by the name that says why, where the bridge does not take the task', async () => {
    const bridge = await bridgeFunction()
    const errorOf = async (event: unknown) => (await bridge.invoke(event)).error?.errorType
    expect(await errorOf({ ...taskWith('x'), operation: 'self-destruct' })).toBe('UnknownTask')
    expect(await errorOf({ ...taskWith('x'), args: { command: 7 } })).toBe('InvalidArguments')
    expect(await errorOf(requestOf('counting', compiledHosts(), { operation: 'exec' }))).toBe(
      'UnexpectedData',
    )
  })

  test('fails as one that may be tried again where no bridge is there, and as wrong where none is configured', async () => {
    const gone = { url: 'tcp://127.0.0.1:9', key: open.key }
    const unreachable = await bridgeFunction({ REOPS_SETTINGS: JSON.stringify({ bridge: gone }) }, 2_000)
    const without = await bridgeFunction({ REOPS_SETTINGS: '{}' })
    const [one, other] = await Promise.all([
      unreachable.invoke(taskWith('none')),
      without.invoke(taskWith('none')),
    ])
    expect(one.error?.errorType).toBe('BridgeUnreachable')
    expect(other.error).toMatchObject({
      errorType: 'InvalidConfig',
      errorMessage: expect.stringContaining('reops.config.ts'),
    })
  })
})
