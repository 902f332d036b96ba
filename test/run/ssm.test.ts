import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { pipe } from '../../src/core/combinators/pipe.ts'
import { configSchema } from '../../src/core/config.ts'
import { hosts } from '../../src/core/hosts.ts'
import type { Outcome } from '../../src/core/outcome.ts'
import {
  download,
  exec,
  facts,
  ls,
  mkdir as makeFolder,
  ping,
  upload,
} from '../../src/operations/remote/index.ts'
import type { LocalRuntime } from '../../src/run/local-runtime.ts'
import { wireLocal } from '../../src/run/wire.ts'
import { fakeS3 } from '../fakes/aws/s3.ts'
import { type FakeSsm, fakeSsm } from '../fakes/aws/ssm.ts'
import { type Aws, awsEnvironment, startAws } from '../fakes/aws/wire.ts'

const ids = ['i-0000000000000000a', 'i-0000000000000000b', 'i-0000000000000000c']
const gone = 'i-0000000000000000d'

let folder: string
let aws: Aws
let ssm: FakeSsm
let runtime: LocalRuntime
beforeAll(async () => {
  for (const [name, value] of Object.entries(awsEnvironment)) vi.stubEnv(name, value)
  folder = await realpath(await mkdtemp(path.join(os.tmpdir(), 'reops-ssm-run-')))
  const s3 = fakeS3(['outputs'])
  ssm = fakeSsm({ s3 })
  aws = await startAws(s3, ssm)
  for (const id of ids) {
    await mkdir(path.join(folder, id, 'home'), { recursive: true })
    ssm.instances.set(id, { folder: path.join(folder, id, 'home') })
  }
  const config = configSchema.parse({ aws: { endpoint: aws.endpoint, ssm: { bucket: 'outputs' } } })
  const out = { publish: () => {} }
  runtime = wireLocal({ loaded: { config, folder, file: undefined }, out, journal: false })
})
afterAll(async () => {
  await runtime?.close()
  await ssm.end()
  await aws.end()
  await rm(folder, { recursive: true, force: true })
  vi.unstubAllEnvs()
})

const run = async <T>(operation: any): Promise<Outcome<unknown, T>> =>
  (await runtime.submit(operation, undefined, {})).result() as Promise<Outcome<unknown, T>>

test('operations on hosts run by Run Command as they do by SSH, and who is not there fails alone', async () => {
  const all = hosts({ via: 'ssm' }, [...ids, gone])
  const out = await run<{ stdout: string }>(exec(all, 'pwd; exit 0'))
  expect(out.successful.map(({ host, value }) => [host, value.stdout.trim()]).toSorted()).toEqual(
    ids.map(id => [id, path.join(folder, id, 'home')]),
  )
  expect(out.failure).toMatchObject([{ host: gone, code: 'unreachable' }])
  expect((await run(exec(all, 'exit 4'))).failure.map(({ code }) => code).toSorted()).toEqual([
    'exit',
    'exit',
    'exit',
    'unreachable',
  ])
})

test('pipelines of ours do not see the difference', async () => {
  const here = path.join(folder, 'file')
  await writeFile(here, 'content\n')
  const closet = hosts({ via: 'ssm' }, [{ name: 'web', address: ids[0]! }])
  const steps = pipe(makeFolder(closet, 'made'), upload(here, 'made/file'), ls('made'))
  const listed = await run(steps)
  expect(JSON.stringify(listed.successful)).toContain('file')
  expect((await run(download(closet, 'made/file', path.join(folder, 'back')))).failure).toEqual([])
  for (const operation of [ping(closet), facts(closet)]) {
    const { successful, failure } = await run(operation)
    expect([successful.length, failure]).toEqual([1, []])
  }
})
