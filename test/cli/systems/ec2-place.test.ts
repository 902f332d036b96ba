import { expect, test } from 'vitest'
import { placeOf } from '../../../src/cli/systems/create/parts.ts'
import { specOf } from '../../../src/cli/systems/create/spec.ts'
import { configSchema } from '../../../src/core/config.ts'
import { preset } from '../../../src/core/systems/presets.ts'

const config = configSchema.parse({
  defaults: { user: 'ops' },
  aws: { ec2: { image: 'ami-0123456789abcdef0', user: 'admin' } },
})
const loaded = { config, folder: '/nowhere', file: undefined }

test('types of instances are a place, and what is said of instances fills in the rest', () => {
  const spec = specOf([preset('place', placeOf('ec2:t4g.small,t3.small', loaded))], loaded)
  expect(spec).toMatchObject({
    provider: 'ec2',
    ec2: { types: ['t4g.small', 't3.small'] },
    os: 'ami-0123456789abcdef0',
    user: 'admin',
  })
  expect(spec.node).toBeUndefined()
})

test('a word that is no type is told as such', () => {
  expect(() => placeOf('ec2:iron', loaded)).toThrow(/an instance type is written like t4g\.micro/)
})
