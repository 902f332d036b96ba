import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest'
import { awsSettingsSchema } from '../../../src/core/aws.ts'
import { configSchema } from '../../../src/core/config.ts'
import { type Aws as Client, openAws } from '../../../src/run/aws/clients.ts'
import { openParameters, type Parameters } from '../../../src/run/aws/parameters.ts'
import { openParameterReader } from '../../../src/run/systems/parameters.ts'
import { readSecret } from '../../../src/run/systems/secrets.ts'
import { type FakeSsm, fakeSsm } from '../../fakes/aws/ssm.ts'
import { type Aws, awsEnvironment, startAws, WireError } from '../../fakes/aws/wire.ts'

let ssm: FakeSsm
let aws: Aws
let client: Client
let parameters: Parameters
let now = 0
beforeAll(async () => {
  for (const [name, value] of Object.entries(awsEnvironment)) vi.stubEnv(name, value)
  ssm = fakeSsm()
  aws = await startAws(ssm)
  client = openAws(settings())
})
beforeEach(() => {
  parameters = openParameters(client, () => now)
})
afterAll(async () => {
  client.close()
  await aws.end()
  vi.unstubAllEnvs()
})
const settings = () => awsSettingsSchema.parse({ endpoint: aws.endpoint })
const count = () => aws.calls.length

test('a secret is put encrypted, with its tags, and read as it was', async () => {
  expect(await parameters.put('/re-ops/a', 's3cret ü', { tags: { 're-ops': 'mine' } })).toBe(1)
  expect(ssm.parameters.values().get('/re-ops/a')).toEqual({ type: 'SecureString', value: 's3cret ü' })
  expect(await parameters.read('/re-ops/a')).toBe('s3cret ü')
  expect(aws.calls.find(({ action }) => action === 'PutParameter')?.json.Tags).toEqual([
    { Key: 're-ops', Value: 'mine' },
  ])
})

test('one that is there is only replaced where that is meant', async () => {
  await parameters.put('/re-ops/b', 'one')
  await expect(parameters.put('/re-ops/b', 'two')).rejects.toMatchObject({ name: 'ParameterTaken' })
  expect(await parameters.read('/re-ops/b')).toBe('one')
  expect(await parameters.put('/re-ops/b', 'two', { overwrite: true, tags: { a: 'b' } })).toBe(2)
  expect(await parameters.read('/re-ops/b')).toBe('two')
})

test('what was read is remembered for a while, and who asks at once is answered together', async () => {
  await parameters.put('/re-ops/c', 'one')
  const from = count()
  await Promise.all([parameters.read('/re-ops/c'), parameters.read('/re-ops/c')])
  await parameters.read('/re-ops/c')
  expect(count() - from).toBe(1)
  await openParameters(client).put('/re-ops/c', 'two', { overwrite: true })
  expect(await parameters.read('/re-ops/c')).toBe('one')
  now += 301_000
  expect(await parameters.read('/re-ops/c')).toBe('two')
})

test('one that is not there is missing by name, and looked for again', async () => {
  const missing = { name: 'ParameterMissing', slug: 'parameter-missing' }
  await expect(parameters.read('/re-ops/d')).rejects.toMatchObject(missing)
  await parameters.put('/re-ops/d', 'there')
  expect(await parameters.read('/re-ops/d')).toBe('there')
})

test('what AWS refuses is an error that says what to do', async () => {
  aws.next('ssm GetParameter', new WireError('AccessDeniedException', 'not authorized to ssm:GetParameter'))
  await expect(parameters.read('/re-ops/e')).rejects.toMatchObject({ name: 'AwsDenied' })
  const large = parameters.put('/re-ops/e', 'x'.repeat(5_000))
  await expect(large).rejects.toThrow('5000 bytes')
})

test('a password of the configuration may be a parameter', async () => {
  await parameters.put('/re-ops/ipmi', 'calvin')
  const reader = openParameterReader(settings())
  expect(await readSecret({ parameter: '/re-ops/ipmi' }, '/', reader.read)).toBe('calvin')
  await reader.close()
  const power = { kind: 'ipmi', address: '10.0.0.7', user: 'ops', password: { parameter: '/re-ops/ipmi' } }
  expect(configSchema.safeParse({ machines: { iron: { power } } }).success).toBe(true)
  const odd = { ...power, password: { parameter: 'no path' } }
  expect(configSchema.safeParse({ machines: { iron: { power: odd } } }).success).toBe(false)
})
