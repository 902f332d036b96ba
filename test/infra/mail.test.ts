import { rm } from 'node:fs/promises'
import { AwsSolutionsChecks } from 'cdk-nag'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { loadProject } from '../../infra/project.ts'
import { makeProject } from '../cli/harness.ts'
import { allowed, flat, roleOf, type Synthesised, synthesise } from './synth.ts'

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 })

const identityArn = 'arn:aws:ses:eu-west-1:210987654321:identity/example.org'

/** A flow that mails in the cloud, one that mails from a closet, and the configuration around them. */
const files = (mail: string, via: 'ses' | 'bridge' = 'ses') => ({
  'reops.config.ts': `
    import { defineConfig } from 're-ops/config'
    export default defineConfig({
      ${mail}
      aws: { stack: 'closet', bridge: { url: 'tcp://10.1.2.3:5760', key: 'rq:rM>}U?@Lns47E1%kR.o@n%FcmmsL/@{H8]yf7' } },
    })`,
  'flows/index.ts': `
    import * as z from 'zod'
    import { email, exec, flow, hosts, pipe, transform } from 're-ops'
    const to = 'ops@example.net'
    const input = z.strictObject({})
    export const warm = flow({
      input,
      steps: pipe(transform(() => 71), email({ to, subject: 'warm', via: '${via}' })),
    })
    export const disks = flow({
      input,
      steps: pipe(exec(hosts(['foo']), 'df'), email({ to, subject: 'disks' })),
    })
  `,
})

describe('a project that mails through SES', () => {
  let made: Synthesised
  beforeAll(async () => {
    const ses = `{ region: 'eu-west-1', configurationSet: 'closet', identityArn: '${identityArn}' }`
    made = await synthesise(files(`mail: { from: 'Closet <closet@example.org>', ses: ${ses} },`))
  })
  afterAll(() => made?.end())

  const own = (what: string) => `arn:<AWS::Partition>:ses:eu-west-1:<AWS::AccountId>:${what}/*`
  const sending = {
    Action: ['ses:SendEmail', 'ses:SendRawEmail'],
    Condition: { StringEquals: { 'ses:FromAddress': 'closet@example.org' } },
    Effect: 'Allow',
    Resource: [identityArn, own('configuration-set'), own('identity')],
  }

  test('lets one function mail, in the name of the sender alone', () => {
    const notify = made.one('AWS::Lambda::Function', 'FunctionName', 'closet-notify')
    const mails = allowed(made, roleOf(notify, 'Role')).filter(({ Action }) => `${Action}`.includes('ses:'))
    expect(mails).toEqual([sending])
    expect(notify.Properties.Timeout).toBe(900)
    for (const name of ['code', 'bridge']) {
      const other = made.one('AWS::Lambda::Function', 'FunctionName', `closet-${name}`)
      expect(JSON.stringify(allowed(made, roleOf(other, 'Role')))).not.toContain('ses:')
    }
  })

  test('leaves nothing for cdk-nag to say', () => {
    expect(new AwsSolutionsChecks().validateScope(made.app).violations).toEqual([])
  })

  test('tells the functions whom mails are from and how', () => {
    const { Properties } = made.one('AWS::Lambda::Function', 'FunctionName', 'closet-notify')
    expect(JSON.parse(flat(Properties.Environment.Variables.REOPS_SETTINGS)).mail).toEqual({
      from: 'Closet <closet@example.org>',
      ses: { region: 'eu-west-1', configurationSet: 'closet', identityArn },
    })
  })

  test('lets the bridge mail too, which hands its own mails to SES', () => {
    const policy = made.one('AWS::IAM::ManagedPolicy', 'ManagedPolicyName', 'closet-bridge')
    const statements = flat(policy.Properties.PolicyDocument.Statement)
    expect(statements).toContainEqual(sending)
  })
})

describe('a project that mails in the cloud', () => {
  async function load(mail: string, via?: 'ses' | 'bridge') {
    const folder = await makeProject(files(mail, via))
    try {
      return await loadProject(folder)
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  }

  test('is refused where nobody is named whom its mails are from, and told what to write', async () => {
    await expect(load('')).rejects.toMatchObject({
      name: 'InvalidConfig',
      message: expect.stringMatching(/^flow warm mails in the cloud.*mail: \{ ses: true, from: '/),
    })
  })

  test('has the sender of a server at home as well', async () => {
    const { functions } = await load("mail: { host: 'mail.lan', from: 'closet@example.org' },")
    expect([...functions.keys()].sort()).toEqual(['BridgeFunction', 'CodeFunction', 'NotifyFunction'])
  })

  test('needs none where the bridge mails', async () => {
    const { functions } = await load('', 'bridge')
    expect([...functions.keys()].sort()).toEqual(['BridgeFunction', 'CodeFunction'])
  })
})
