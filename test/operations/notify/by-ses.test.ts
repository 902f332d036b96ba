import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { pipe } from '../../../src/core/combinators/pipe.ts'
import { configSchema } from '../../../src/core/config.ts'
import { transform } from '../../../src/core/operation/map.ts'
import type { Operation } from '../../../src/core/operation/operation.ts'
import { expression } from '../../../src/core/ref.ts'
import { email } from '../../../src/operations/notify/index.ts'
import { localRuntime } from '../../../src/run/local-runtime.ts'
import { wireMail } from '../../../src/run/mail.ts'
import { type FakeSes, fakeSes } from '../../fakes/aws/ses.ts'
import { type Aws, awsEnvironment, startAws } from '../../fakes/aws/wire.ts'
import { hastyClock } from '../../fakes/hasty-clock.ts'
import { memoryStore } from '../../fakes/memory-store.ts'
import { scriptedHosts } from '../../fakes/scripted-hosts.ts'
import { startSmtp } from '../../lab/smtp.ts'

const to = 'ops@example.net'
const from = 'Closet <closet@example.org>'

let ses: FakeSes
let aws: Aws
beforeAll(() => {
  for (const [name, value] of Object.entries(awsEnvironment)) vi.stubEnv(name, value)
})
afterAll(() => void vi.unstubAllEnvs())
beforeEach(async () => {
  ses = fakeSes('example.org')
  aws = await startAws(ses)
})
afterEach(() => aws.end())

/** Runs a pipeline in this process as a configuration says; pauses between attempts cost no time. */
async function run<O>(mail: object, operation: Operation<any, O>) {
  const config = configSchema.parse({
    mail: { from, ...mail },
    aws: { region: 'eu-central-1', endpoints: { ses: aws.endpoint } },
  } as never)
  const published: unknown[] = []
  const stages: string[] = []
  const { clock } = hastyClock()
  const runtime = localRuntime({
    hosts: scriptedHosts({}, clock),
    mail: wireMail({ config, folder: '/nowhere', file: undefined }),
    store: memoryStore(),
    clock,
    out: { publish: (_topic, data) => void published.push(data) },
    progress: event => event.kind === 'stage' && stages.push(`${event.host}: ${event.stage}`),
    nameOf: () => undefined,
  })
  try {
    return { output: await (await runtime.submit(operation, undefined, {})).result(), published, stages }
  } finally {
    await runtime.close()
  }
}

const warm = (options: object = {}) =>
  pipe(
    transform(() => 71),
    email<number>({ to, subject: 'warm', ...options }),
    transform(degrees => degrees + 1),
  )

describe('a run here', () => {
  test('mails through SES where the configuration says so', async () => {
    expect(await run({ ses: true }, warm())).toMatchObject({ output: 72, published: [] })
    expect(ses.sent).toMatchObject([{ to: [to], from, region: 'eu-central-1' }])
  })

  test('asks SES where it is said to be', async () => {
    await run({ ses: { region: 'eu-west-1' } }, warm())
    expect(ses.sent).toMatchObject([{ region: 'eu-west-1' }])
  })

  test('asks again where SES was asked too often, and says so', async () => {
    aws.next('ses', 'throttle', 500)
    const { stages } = await run({ ses: true }, warm())
    expect(ses.sent).toHaveLength(1)
    expect(stages).toHaveLength(2)
    expect(stages[0]).toMatch(/^SES in eu-central-1: again in \d s: .*too busy/)
  })

  test('sends a mail again whose answer was lost, by which it is known', async () => {
    aws.next('ses', 'do it, then hang up')
    await run({ ses: true }, warm())
    const ids = ses.sent.map(({ raw }) => /^X-Reops-Mail: (\w{32})\r$/m.exec(raw)?.[1])
    expect(ids).toEqual([expect.any(String), ids[0]])
  })

  test('says what to do to however many a mail goes', async () => {
    ses.sandbox = true
    const crowd = Array.from({ length: 50 }, (_, one) => `somebody.of.number.${one}@example.net`)
    const { published } = await run({ ses: true }, warm({ to: crowd }))
    expect(published).toEqual([expect.stringContaining('until production access is granted')])
  })

  test('goes on where SES refuses, and says what to do, once', async () => {
    ses.sandbox = true
    const { output, published } = await run({ ses: true }, warm())
    expect(output).toBe(72)
    expect(published).toEqual([expect.stringMatching(/^the mail "warm" was not sent to .*production access/)])
    expect(aws.callsOf('ses')).toHaveLength(1)
  })

  test('mails through the server at home what would go through SES in the cloud', async () => {
    const server = await startSmtp()
    try {
      await run({ host: '127.0.0.1', port: server.port, tls: 'none' }, warm({ via: 'ses' }))
      await run({ host: '127.0.0.1', port: server.port, tls: 'none' }, warm({ via: 'bridge' }))
      expect(server.taken).toHaveLength(2)
      expect(ses.sent).toEqual([])
    } finally {
      await server.stop()
    }
  })
})

test.each([
  ['nobody that there is', 'pigeon'],
  ['a reference, which nobody can read before the flow runs', expression("'ses'")],
])('who sends it is not %s', (_who, via) => {
  expect(() => email({ to, subject: 'x', via: via as never })).toThrow(
    expect.objectContaining({
      name: 'InvalidArguments',
      message: expect.stringContaining("'ses', 'bridge'"),
    }),
  )
})
