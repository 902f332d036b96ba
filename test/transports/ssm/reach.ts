import { mkdir, mkdtemp, realpath, rm } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { SSMClient } from '@aws-sdk/client-ssm'
import { vi } from 'vitest'
import { sdkConfig } from '../../../src/core/aws.ts'
import type { Clock, CommandOptions, Remote, Transport } from '../../../src/core/ports.ts'
import { createSsmTransport, type SsmOptions } from '../../../src/transports/ssm/index.ts'
import { type FakeS3, fakeS3 } from '../../fakes/aws/s3.ts'
import { type FakeInstance, type FakeSsm, fakeSsm } from '../../fakes/aws/ssm.ts'
import { type Aws, awsEnvironment, startAws } from '../../fakes/aws/wire.ts'
import { hurrySdk } from '../../support/hurry-sdk.ts'

export { troubleOf } from '../../support/trouble-of.ts'

await hurrySdk(new SSMClient(sdkConfig({ region: 'eu-central-1' })))

/** A signal that nobody aborts. */
export const never = new AbortController().signal

/** The instances of a lab. */
export const foo = 'i-0123456789abcdef0'
export const bar = 'i-0123456789abcdef1'

/** Time that passes five times as fast, for whoever waits between two looks. */
function quickClock(): Clock {
  const start = Date.now()
  return {
    now: () => start + (Date.now() - start) * 5,
    sleep: async (ms, signal) => {
      await sleep(ms / 5, undefined, signal ? { signal } : {})
    },
  }
}

/** A transport over instances that are shells of this machine. */
export interface Reach {
  readonly aws: Aws
  readonly ssm: FakeSsm
  readonly s3: FakeS3
  readonly folder: string
  readonly transport: Transport
  instance(id: string): FakeInstance
  /** Another transport over the same. */
  another(options?: SsmOptions): Transport
  open(id?: string, transport?: Transport): Promise<Remote>
  run(command: readonly string[] | string, options?: Partial<CommandOptions>): ReturnType<Remote['exec']>
  close(): Promise<void>
}

export async function reach(options: SsmOptions = {}, pageSize?: number): Promise<Reach> {
  for (const [name, value] of Object.entries(awsEnvironment)) vi.stubEnv(name, value)
  const folder = await realpath(await mkdtemp(path.join(os.tmpdir(), 'reops-ssm-')))
  const s3 = fakeS3(['outputs'])
  const ssm = fakeSsm({ s3, ...(pageSize === undefined ? {} : { pageSize }) })
  const aws = await startAws(s3, ssm)
  for (const id of [foo, bar]) {
    const home = path.join(folder, id, 'home')
    await mkdir(home, { recursive: true })
    ssm.instances.set(id, { folder: home })
  }
  const transports: Transport[] = []
  const another = (change: SsmOptions = {}) => {
    const transport = createSsmTransport({
      endpoint: aws.endpoint,
      s3Endpoint: aws.endpoint,
      output: { bucket: 'outputs', prefix: 'run-command' },
      spoolFolder: path.join(folder, 'output'),
      clock: quickClock(),
      ...options,
      ...change,
    })
    transports.push(transport)
    return transport
  }
  const transport = another()
  const open = (id = foo, by = transport) => by.open({ name: id }, { signal: never })
  return {
    aws,
    ssm,
    s3,
    folder,
    transport,
    another,
    open,
    instance: id => ssm.instances.get(id)!,
    run: async (command, its = {}) => (await open()).exec(command, { signal: never, ...its }),
    async close() {
      await Promise.all(transports.map(one => one.close()))
      await ssm.end()
      await aws.end()
      await rm(folder, { recursive: true, force: true })
      vi.unstubAllEnvs()
    },
  }
}
