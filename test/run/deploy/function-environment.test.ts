import { expect, test } from 'vitest'
import { configSchema } from '../../../src/core/config.ts'
import { functionSettings, readFunctionEnvironment } from '../../../src/run/deploy/function-environment.ts'

const key = 'rq:rM>}U?@Lns47E1%kR.o@n%FcmmsL/@{H8]yf7'
const environment = { REOPS_STACK: 're-ops', REOPS_TABLE: 'table', REOPS_BUCKET: 'bucket' }

test('functions are told what they need of a configuration, and read it as it was meant', () => {
  const config = configSchema.parse({
    concurrency: 7,
    timeout: 30,
    bridge: { url: 'tcp://closet.lan:5760', key },
    aws: {
      region: 'eu-central-1',
      profile: 'private',
      account: '123456789012',
      alarms: { email: 'me@example.org' },
      ec2: { reach: 'ssh', user: 'admin' },
    },
  })
  const text = functionSettings(config)
  expect(text).not.toMatch(/private|123456789012|example\.org/)
  const { settings, ...rest } = readFunctionEnvironment({ ...environment, REOPS_SETTINGS: text })
  expect(rest).toEqual({ stack: 're-ops', table: 'table', bucket: 'bucket' })
  expect(settings).toMatchObject({
    aws: { stack: 're-ops', ec2: { reach: 'ssh', user: 'admin' } },
    hosts: { concurrency: 7, timeout: 30 },
    bridge: { url: 'tcp://closet.lan:5760', key },
  })
})

test('the bridge is dialled as the cloud reaches it, where that is said', () => {
  const cloud = { url: 'tcp://relay.example.org:5762', key, relayKey: key }
  const config = configSchema.parse({ bridge: { url: 'tcp://closet.lan:5760', key }, aws: { bridge: cloud } })
  expect(JSON.parse(functionSettings(config))).toMatchObject({ bridge: cloud })
  expect(JSON.parse(functionSettings(configSchema.parse({})))).not.toHaveProperty('bridge')
})

test.each([
  [{}, 'REOPS_STACK'],
  [{ ...environment, REOPS_SETTINGS: '{' }, 'REOPS_SETTINGS'],
  [{ ...environment, REOPS_SETTINGS: '{"aws":{"colour":"red"}}' }, 'colour'],
  [{ ...environment, REOPS_BUCKET: '' }, 'REOPS_BUCKET'],
])('an environment that no deployment makes is refused by name: %j', (env, word) => {
  expect(() => readFunctionEnvironment(env)).toThrow(
    expect.objectContaining({ name: 'InvalidConfig', message: expect.stringContaining(word) }),
  )
})

test('functions are told whom mails are from, and nothing of a server at home', () => {
  const from = 'Closet <closet@example.org>'
  const settingsOf = (mail: object) => {
    const text = functionSettings(configSchema.parse({ mail: { from, ...mail } } as never))
    return { text, mail: readFunctionEnvironment({ ...environment, REOPS_SETTINGS: text }).settings.mail }
  }
  const home = settingsOf({ host: 'mail.lan', user: 'closet', password: { file: '/etc/mail-password' } })
  expect(home.mail).toEqual({ from, ses: {} })
  expect(home.text).not.toMatch(/mail\.lan|password/)
  const ses = { region: 'eu-west-1', configurationSet: 'closet' }
  expect(settingsOf({ ses }).mail).toEqual({ from, ses })
  expect(readFunctionEnvironment(environment).settings.mail).toBeUndefined()
})
