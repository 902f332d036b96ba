import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Account, openAccount, patience } from './deployment.ts'

/**
 * The rest of a deployment's life by the real command and the real CDK over the wire. The CDK synthesises anew for each
 * command, for several seconds, so that this is not part of every run: npm run test:outside.
 */
let account: Account
beforeAll(async () => {
  account = await openAccount({
    bridge: { url: 'tcp://closet.lan:5760', key: 'rq:rM>}U?@Lns47E1%kR.o@n%FcmmsL/@{H8]yf7' },
  })
  await account.reops(['deploy', '--yes'])
}, patience)
afterAll(() => account.end())

test('a second deployment leaves the key as it is', { timeout: patience }, async () => {
  const before = account.parameters.get('/re-ops/bridge/client-key')
  const { status, stdout, stderr } = await account.reops(['deploy', '--yes'])
  expect(stdout).toContain('re-ops is deployed in eu-central-1: count, load\n  reops run count --cloud')
  expect(stdout).toContain("bridge: { stepFunctions: { region: 'eu-central-1', bucket: 're-ops-data' } }")
  expect(stderr).not.toContain('made the key')
  expect(status).toBe(0)
  expect(account.parameters.get('/re-ops/bridge/client-key')).toBe(before)
})

test('diff finds nothing after that', { timeout: patience }, async () => {
  const { status, stdout, stderr } = await account.reops(['diff', '--fail'])
  expect(stdout + stderr).toContain('There were no differences')
  expect(status).toBe(0)
  const told = await account.reops(['diff', '--json'])
  expect(JSON.parse(told.stdout)).toEqual({ stack: 're-ops', region: 'eu-central-1', differs: false })
  expect(told.stderr).toContain('There were no differences')
})

test('destroy --cloud takes it away, and says what stays', { timeout: patience }, async () => {
  const alone = await account.reops(['destroy', '--cloud'])
  expect(alone.stderr).toContain('nobody is here to be asked')
  expect(alone.status).toBe(2)
  expect(account.cloudformation.stacks.has('re-ops')).toBe(true)

  const { status, stdout } = await account.reops(['destroy', '--cloud', '--yes'])
  expect(stdout).toContain('re-ops is gone from account 123456789012 in eu-central-1')
  expect(stdout).toContain('the table re-ops-state is kept')
  expect(status).toBe(0)
  expect(account.cloudformation.stacks.has('re-ops')).toBe(false)
})

test('destroy --cloud --data first lets go of the data', { timeout: 2 * patience }, async () => {
  await account.reops(['deploy', '--yes'])
  const { status, stdout, stderr } = await account.reops(['destroy', '--cloud', '--data', '--yes', '--json'])
  expect(stderr).toContain('re-ops-state and re-ops-data go too')
  expect(status).toBe(0)
  expect(JSON.parse(stdout)).toMatchObject({ stack: 're-ops', destroyed: true, kept: {} })
  const { Resources } = account.template()
  expect(Object.values(Resources).find(({ Type }) => Type === 'AWS::DynamoDB::Table')).toMatchObject({
    DeletionPolicy: 'Delete',
  })
  expect(account.parameters.has('/re-ops/bridge/client-key')).toBe(false)
})
