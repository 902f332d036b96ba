import { setImmediate as turn } from 'node:timers/promises'
import { EC2Client } from '@aws-sdk/client-ec2'
import { awsSettingsSchema, sdkConfig } from '../../../src/core/aws.ts'
import type { Clock } from '../../../src/core/ports.ts'
import type { FirstLogin, Provider } from '../../../src/core/systems/provider.ts'
import { type SpecPart, systemSpecSchema } from '../../../src/core/systems/spec.ts'
import { type System, systemSchema } from '../../../src/core/systems/system.ts'
import { openEc2 } from '../../../src/providers/ec2/index.ts'
import { type FakeEc2, fakeEc2 } from '../../fakes/aws/ec2.ts'
import { type Aws, awsEnvironment, startAws } from '../../fakes/aws/wire.ts'
import { hurrySdk } from '../../support/hurry-sdk.ts'
import { type TestJob, type TestJobOptions, testJob } from '../../support/job.ts'
import { ed25519 } from '../cloud-init/keys.ts'

/** An account of AWS with EC2 in it, and our provider before it. */
export interface Account {
  readonly aws: Aws
  readonly ec2: FakeEc2
  readonly provider: Provider
  readonly clock: Clock
  job(options?: TestJobOptions): TestJob
  /** Another process's provider of the same account. */
  again(settings?: object): Provider
  /** Everything that is there and costs something: instances, volumes without one, and templates. */
  inventory(): string[]
  close(): Promise<void>
}

export const login: FirstLogin = { user: 'ec2-user', keys: [ed25519] }
export const cut = { graceMs: 0 }
export const soft = { graceMs: 30_000, force: false }

Object.assign(process.env, awsEnvironment)
await hurrySdk(new EC2Client(sdkConfig({ region: 'eu-central-1' })))

/** Time that passes by being waited for: a wait costs a turn of the event loop. */
function hurriedClock(): Clock {
  let time = Date.parse('2030-01-01T00:00:00Z')
  return {
    now: () => time,
    async sleep(ms, signal) {
      signal?.throwIfAborted()
      await turn()
      signal?.throwIfAborted()
      time += ms
    },
  }
}

/** Opens an account. `settings` are of `aws` in the configuration. */
export async function openAccount(settings: object = {}): Promise<Account> {
  const clock = hurriedClock()
  const ec2 = fakeEc2(clock.now)
  const aws = await startAws(ec2)
  const opened: Provider[] = []
  const again = (more: object = {}) => {
    const parsed = awsSettingsSchema.parse({
      region: 'eu-central-1',
      endpoint: aws.endpoint,
      ...settings,
      ...more,
    })
    const provider = openEc2(parsed)
    opened.push(provider)
    return provider
  }
  return {
    aws,
    ec2,
    provider: again(),
    clock,
    again,
    job: options => testJob({ clock, ...options }),
    inventory: () => [
      ...[...ec2.instances.values()]
        .filter(({ state }) => state !== 'terminated')
        .map(({ id, state }) => `${id} ${state}`),
      ...[...ec2.volumes.values()].filter(({ state }) => state === 'available').map(({ id }) => id),
      ...ec2.templates.keys(),
    ],
    close: async () => {
      for (const provider of opened) await provider.close()
      await aws.end()
    },
  }
}

let ids = 0

/** A system that was not launched yet, as a store has it. */
export function newSystem({ clock }: Pick<Account, 'clock'>, hostname: string, more: SpecPart = {}): System {
  const {
    count,
    name,
    description = '',
    ...spec
  } = systemSpecSchema.parse({
    provider: 'ec2',
    ec2: { types: ['t4g.micro'] },
    ...more,
  })
  return systemSchema.parse({
    ...spec,
    id: `sys-${(++ids).toString(16).padStart(20, '0')}`,
    hostname,
    description,
    state: 'creating',
    revision: 1,
    createdAt: clock.now(),
    updatedAt: clock.now(),
  })
}
