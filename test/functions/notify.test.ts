import { randomUUID } from 'node:crypto'
import path from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { compile } from '../../src/compile/compile.ts'
import { functionsOf } from '../../src/compile/functions.ts'
import { configSchema } from '../../src/core/config.ts'
import type { Json } from '../../src/core/json.ts'
import { execute } from '../../src/executor/index.ts'
import { functionSettings } from '../../src/run/deploy/function-environment.ts'
import { flowsIn } from '../../src/run/flows-in.ts'
import { type FakeSes, fakeSes } from '../fakes/aws/ses.ts'
import { type Aws, startAws, WireError } from '../fakes/aws/wire.ts'
import { type Bundles, openBundles } from '../support/lambda/bundles.ts'
import { type Fleet, openFleet } from '../support/lambda/fleet.ts'
import { openFunction, type RunningFunction } from '../support/lambda/function.ts'
import { environmentOf } from './lab.ts'
import * as exported from './mails/flows.ts'

const flowsFile = path.join(import.meta.dirname, 'mails/flows.ts')
const sender = 'closet@example.org'
const to = 'ops@example.net'

let bundles: Bundles
let ses: FakeSes
let aws: Aws
let fleet: Fleet
let notify: RunningFunction
let hurried: RunningFunction

beforeAll(async () => {
  bundles = await openBundles(flowsFile)
  ses = fakeSes()
  aws = await startAws(ses)
  const config = configSchema.parse({
    // At home it is a server, which the cloud does not reach; whom mails are from holds there too.
    mail: { host: 'mail.lan', from: `Closet <${sender}>`, user: 'closet', password: { env: 'X' } },
  })
  const environment = { ...environmentOf(aws), REOPS_SETTINGS: functionSettings(config) }
  const [code, mails] = await Promise.all([bundles.of('code'), bundles.of('notify')])
  // Its time is as short here as 15 minutes are for half an hour.
  hurried = openFunction({ folder: mails.folder, environment, timeoutMs: 2_500 })
  fleet = openFleet({
    functions: new Map([
      [named('Code'), { folder: code.folder, environment }],
      [named('Notify'), { folder: mails.folder, environment }],
    ]),
  })
  notify = fleet.function(named('Notify'))
}, 30_000)
afterAll(async () => {
  await Promise.all([fleet?.end(), hurried?.end()])
  await aws?.end()
  await bundles?.remove()
})
beforeEach(() => {
  aws.calm()
  ses.identities.clear()
  ses.identities.add('example.org')
  ses.sandbox = false
  ses.account = 'healthy'
  ses.sent.length = 0
})

/** As machines name a function. */
const named = (capability: string) => `\${${capability}Function}`

const compiled = (flow: string) => compile(flowsIn(exported).get(flow)!, flow)

async function run(flow: string, input: Json = {}) {
  const { machine } = compiled(flow)
  const execution = execute({ machine, machineName: flow, input, invoke: fleet.invoke })
  fleet.serve(execution)
  return execution.result()
}

/** What the function answers for the mail of a flow: what the journal keeps of it. */
async function mailOf(flow: string, options: Json = {}, called = notify) {
  const { tasks, version } = compiled(flow)
  const [step, { args }] = [...tasks].find(([, { definition }]) => definition.name === 'email')!
  const name = randomUUID()
  return called.invoke({
    operation: 'email',
    args: { ...(args as object), to: [to], ...(options as object) },
    ...{ flow, step, version, data: { hot: 71 } },
    execution: { id: `arn:${name}`, name, startedAt: '2030-01-01T00:00:00Z' },
  })
}

describe('a flow of closures alone', () => {
  test('needs no bridge to mail', () => {
    expect([...functionsOf(compiled('warm')).keys()].sort()).toEqual(['CodeFunction', 'NotifyFunction'])
  })

  test('mails by SES in the name of the configured sender, and goes on with its data', async () => {
    expect(await run('warm', { to })).toMatchObject({ status: 'SUCCEEDED', output: 72 })
    expect(ses.sent).toMatchObject([
      { to: [to], from: `Closet <${sender}>`, region: 'eu-central-1', configurationSet: undefined },
    ])
    const { raw } = ses.sent[0]!
    expect(raw).toContain('Subject: The closet is warm')
    expect(raw).toContain('hot  71')
    expect(raw).toMatch(/flow warm, execution \S+, step/)
  })

  test('goes on where its mail is not sent', async () => {
    ses.account = 'suspended'
    expect(await run('warm', { to })).toMatchObject({ status: 'SUCCEEDED', output: 72 })
    expect(ses.sent).toEqual([])
  })

  test('fails where a mail is required', async () => {
    ses.sandbox = true
    expect(await run('required', { to })).toMatchObject({
      status: 'FAILED',
      error: 'MailNotSent',
      cause: expect.stringContaining('production access'),
    })
  })
})

describe('what the journal keeps of a mail', () => {
  test('one that is sent', async () => {
    expect((await mailOf('warm')).payload).toMatchObject({
      sent: true,
      attempts: 1,
      accepted: [to],
      refused: [],
    })
  })

  test('one that is sent after SES was asked too often', async () => {
    aws.next('ses', new WireError('TooManyRequestsException', 'Maximum sending rate exceeded.', 429))
    expect((await mailOf('warm')).payload).toMatchObject({ sent: true, attempts: 2 })
    expect(ses.sent).toHaveLength(1)
  })

  test('one that is taken for nobody, since SES takes it for all or for none', async () => {
    ses.sandbox = true
    ses.identities.add(to)
    const { payload } = await mailOf('warm', { to: [to, 'night@example.net'] })
    expect(payload).toMatchObject({
      sent: false,
      attempts: 1,
      accepted: [],
      refused: [{ address: to }, { address: 'night@example.net' }],
      problem: expect.stringMatching(/^SES in eu-central-1: .*not verified.*night@example\.net/),
    })
  })

  test('one that SES did not take while there was time', async () => {
    aws.next('ses', ...Array(10).fill(500))
    expect((await mailOf('warm', { within: 1 })).payload).toMatchObject({
      sent: false,
      problem: expect.stringContaining('trouble of its own'),
    })
  })

  test('one whose time is as long as the function has, and no longer', async () => {
    aws.next('ses', 'never answer')
    const { payload, error } = await mailOf('warm', { within: 1_800 }, hurried)
    expect(error).toBeUndefined()
    expect(payload).toMatchObject({
      sent: false,
      attempts: 1,
      problem: 'SES in eu-central-1 did not answer in time',
    })
  })
})

test('a log line names the trouble of a mail, and nobody to whom it was written', async () => {
  ses.account = 'paused'
  const before = notify.logs.length
  await mailOf('warm')
  const lines = () => JSON.stringify(notify.logs.slice(before))
  await vi.waitUntil(() => lines().includes('SendingPausedException') && lines().includes('answered'))
  expect(lines()).not.toMatch(/ops@example|is warm/)
})
