import { rm } from 'node:fs/promises'
import path from 'node:path'
import { expect, test, vi } from 'vitest'
import { makeKeyPair } from '../../../src/transports/zeromq/keys.ts'
import { type CloudScene, openCloud } from './scene.ts'

async function examined(scene: CloudScene) {
  const { stdout, status } = await scene.reops(['doctor', '--json'])
  const { healthy, checks } = JSON.parse(stdout)
  const of = (name: string) => checks.find((check: { name: string }) => check.name === name)
  return {
    status,
    healthy,
    of,
    verdicts: Object.fromEntries(checks.map((one: any) => [one.name, one.verdict])),
  }
}

test('says of each thing that it is well', async () => {
  const { status, healthy, verdicts, of } = await examined(await openCloud())
  expect(verdicts).toEqual({
    node: 'ok',
    configuration: 'ok',
    flows: 'ok',
    bridge: 'left out',
    region: 'ok',
    credentials: 'ok',
    clock: 'ok',
    bootstrap: 'ok',
    stack: 'ok',
    table: 'ok',
    bucket: 'ok',
    'event bus': 'left out',
    'cloud key': 'left out',
  })
  expect(of('stack').text).toMatch(/^re-ops with \d+ flows, the same as here$/)
  expect([status, healthy]).toEqual([0, true])
})

test('without credentials it looks at what is here, and says why the rest is left out', async () => {
  const scene = await openCloud()
  vi.stubEnv('AWS_ACCESS_KEY_ID', undefined)
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', undefined)
  vi.stubEnv('AWS_SHARED_CREDENTIALS_FILE', path.join(scene.folder, 'none'))
  vi.stubEnv('AWS_CONFIG_FILE', path.join(scene.folder, 'none'))
  const { status, verdicts, of } = await examined(scene)
  expect(verdicts).toMatchObject({ flows: 'ok', credentials: 'fail', stack: 'left out' })
  expect(of('credentials').text).toContain('aws configure')
  expect(of('stack').text).toBe('without credentials AWS says nothing')
  expect(status).toBe(1)
})

test('without a region it says where one is said, once, and why the rest is left out', async () => {
  const scene = await openCloud({ aws: { region: undefined } })
  vi.stubEnv('AWS_REGION', undefined)
  vi.stubEnv('AWS_CONFIG_FILE', path.join(scene.folder, 'none'))
  const { of, verdicts, status } = await examined(scene)
  expect(of('region').verdict).toBe('fail')
  expect(of('region').text).toContain('aws: { region:')
  expect(verdicts).toMatchObject({ credentials: 'left out', stack: 'left out', 'cloud key': 'left out' })
  expect(of('credentials').text).toBe('without a region nobody can be asked')
  expect(status).toBe(1)
})

test.each([
  ['an expired token', { sts: { refuses: 'ExpiredToken' } }, 'credentials', 'fail', 'aws sso login'],
  ['another account', { aws: { account: '210987654321' } }, 'credentials', 'fail', 'aws.account'],
  ['a wrong clock', { sts: { skewMs: 200_000 } }, 'clock', 'warn', 'behind'],
  ['an account that is not prepared', { parameters: {} }, 'bootstrap', 'fail', 'reops deploy --bootstrap'],
  [
    'an old preparation',
    { parameters: { '/cdk-bootstrap/hnb659fds/version': '5' } },
    'bootstrap',
    'fail',
    'version 5',
  ],
  ['no stack', { deployed: false }, 'stack', 'warn', 'not deployed'],
] as const)('finds %s', async (_what, options, name, verdict, text) => {
  const { of } = await examined(await openCloud(options as object))
  expect(of(name).verdict).toBe(verdict)
  expect(of(name).text).toContain(text)
})

test('finds a change that went wrong, one under way, and a release that is another one', async () => {
  const scene = await openCloud()
  const stack = scene.cloudformation.stacks.get('re-ops')!
  for (const [status, verdict] of [
    ['UPDATE_ROLLBACK_COMPLETE', 'fail'],
    ['UPDATE_IN_PROGRESS', 'warn'],
  ]) {
    scene.cloudformation.stacks.set('re-ops', { ...stack, status: status! })
    const { of } = await examined(scene)
    expect(of('stack').verdict).toBe(verdict)
    expect(of('stack').text).toContain(status)
  }
  scene.cloudformation.stacks.set('re-ops', { outputs: { ...stack.outputs, Version: '0.0.1' } })
  expect((await examined(scene)).of('stack').text).toContain('deployed by release 0.0.1')
})

test('finds a table, a bucket and flows that are gone', async () => {
  const scene = await openCloud()
  const outputs = {
    ...scene.cloudformation.stacks.get('re-ops')!.outputs,
    TableName: 'gone',
    BucketName: 'gone',
  }
  scene.cloudformation.stacks.set('re-ops', { outputs })
  await rm(path.join(scene.folder, 'flows'), { recursive: true })
  const { verdicts, of } = await examined(scene)
  expect(verdicts).toMatchObject({ table: 'fail', bucket: 'fail', flows: 'warn', stack: 'warn' })
  expect(of('stack').text).toContain('other than here: greet')
})

test('a bridge is asked, and its key in the cloud is looked for', async () => {
  const { publicKey, secretKey } = makeKeyPair()
  const config = { bridge: { url: 'tcp://127.0.0.1:1', key: publicKey } }
  const scene = await openCloud({ config })
  const without = await examined(scene)
  expect(without.verdicts).toMatchObject({ bridge: 'fail', 'cloud key': 'warn' })
  scene.parameters.set('/re-ops/bridge/client-key', secretKey)
  expect((await examined(scene)).of('cloud key').text).toContain(publicKey)
})

test('is told to a person as a line each, with what to do below', async () => {
  const { stdout } = await (await openCloud({ deployed: false })).reops(['doctor'])
  expect(stdout).toMatch(/^ok {8}node {11}v\d+/m)
  expect(stdout).toMatch(/^warn {6}stack {10}re-ops is not deployed in eu-central-1\n {25}→ reops deploy$/m)
})

test('looks for the bus by which watches in AWS hear of readings', async () => {
  const flows = `
import { exec, flow, hosts, sensor, watch } from 're-ops'
import * as z from 'zod'
export const down = flow({ input: z.strictObject({}), steps: exec(hosts(['foo']), 'uptime') })
export const hot = watch('hot', { sensor: sensor('heat'), when: v => v > 70, flow: down, runs: 'cloud' })
`
  const scene = await openCloud({ flows })
  expect((await examined(scene)).of('event bus')).toMatchObject({
    verdict: 'ok',
    text: 're-ops, by which hot hears of readings',
  })
  scene.events.buses.clear()
  const { of, status } = await examined(scene)
  expect(of('event bus')).toMatchObject({ verdict: 'fail', fix: 'reops deploy' })
  expect(status).toBe(1)
})
