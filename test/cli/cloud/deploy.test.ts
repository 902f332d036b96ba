import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { publicKeyOf } from '../../../src/transports/zeromq/keys.ts'
import { WireError } from '../../fakes/aws/wire.ts'
import { type Account, openAccount, patience } from './deployment.ts'

const bridge = { url: 'tcp://closet.lan:5760', key: 'rq:rM>}U?@Lns47E1%kR.o@n%FcmmsL/@{H8]yf7' }

describe('the real command and the real CDK over the wire', () => {
  let account: Account
  beforeAll(async () => {
    account = await openAccount({ bridge })
  })
  afterAll(() => account.end())

  test('deploy brings the flows, makes the key of the bridge, and says how it is let in', {
    timeout: patience,
  }, async () => {
    const { status, stdout, stderr } = await account.reops(['deploy', '--yes', '--json'])
    expect(stderr).toContain('deploying re-ops to account 123456789012 in eu-central-1')
    expect(stderr).toContain('made the key by which the cloud dials the bridge, in /re-ops/bridge/client-key')
    expect(status).toBe(0)
    const { flows, stack, cloudKey, table, forBridge } = JSON.parse(stdout)
    expect([stack, table]).toEqual(['re-ops', 're-ops-state'])
    expect(flows).toEqual({
      count: account.states.arnOf('re-ops-count'),
      load: account.states.arnOf('re-ops-load'),
    })
    expect(forBridge).toEqual({
      policy: 'arn:aws:iam::123456789012:policy/re-ops-bridge',
      config: ["bridge: { stepFunctions: { region: 'eu-central-1', bucket: 're-ops-data' } }"],
    })

    const secret = account.parameters.get('/re-ops/bridge/client-key')!
    expect(cloudKey).toEqual({
      parameter: '/re-ops/bridge/client-key',
      publicKey: publicKeyOf(secret),
      made: true,
    })
    expect(stderr).toContain(`reops keys new re-ops --public='${publicKeyOf(secret)}'`)
    expect(stdout + stderr).not.toContain(secret)
    expect(JSON.stringify(account.template())).not.toContain(secret)
  })

  test('what was deployed runs as it does here', async () => {
    const run = async (...more: string[]) =>
      JSON.parse(
        (await account.reops(['run', 'count', '--json', '--name', 'one', '--bridge=none', ...more])).stdout,
      )
    const there = JSON.parse(
      (await account.reops(['run', 'count', '--json', '--name', 'one', '--cloud'])).stdout,
    )
    expect(there).toEqual(await run())
    expect(there).toMatchObject({ status: 'succeeded', result: 21 })
  })
})

describe('before anything is deployed', () => {
  let account: Account
  beforeAll(async () => {
    account = await openAccount()
  })
  afterAll(() => account.end())

  test.each([['deploy', '--yes'], ['diff']])('%s says that there are no credentials', async (...words) => {
    const { status, stderr } = await account.reops(words, {
      AWS_ACCESS_KEY_ID: '',
      AWS_SECRET_ACCESS_KEY: '',
    })
    expect(stderr).toContain('there are no credentials of AWS')
    expect(status).toBe(1)
  })

  test('deploy refuses an account that is not prepared', async () => {
    account.parameters.clear()
    const { status, stderr } = await account.reops(['deploy', '--yes'])
    expect(stderr).toContain('account 123456789012 is not prepared for deployments in eu-central-1')
    expect(stderr).toContain('reops deploy --bootstrap')
    expect(status).toBe(1)
  })

  test('deploy asks before it gives permissions, and where nobody can be asked does nothing', async () => {
    const { status, stderr } = await account.reops(['deploy'])
    expect(stderr).toContain('--yes deploys without asking')
    expect(status).toBe(2)
  })

  test('deploy says which action is not allowed', async () => {
    account.aws.next('ssm GetParameter', new WireError('AccessDeniedException', 'no policy allows it'))
    const { stderr } = await account.reops(['deploy', '--yes'])
    expect(stderr).toContain('may not do ssm:GetParameter')
  })

  test('destroy --cloud says that there is nothing', async () => {
    const { status, stderr } = await account.reops(['destroy', '--cloud', '--yes'])
    expect(stderr).toContain('so that there is nothing to destroy')
    expect(status).toBe(1)
  })
})
