import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { pipe } from '../../../src/core/combinators/pipe.ts'
import { timeout } from '../../../src/core/combinators/time.ts'
import { configSchema } from '../../../src/core/config.ts'
import type { Json } from '../../../src/core/json.ts'
import { transform } from '../../../src/core/operation/map.ts'
import type { Operation } from '../../../src/core/operation/operation.ts'
import { compose } from '../../../src/operations/notify/compose.ts'
import { email } from '../../../src/operations/notify/index.ts'
import { localRuntime } from '../../../src/run/local-runtime.ts'
import { wireMail } from '../../../src/run/mail.ts'
import { hastyClock } from '../../fakes/hasty-clock.ts'
import { memoryStore } from '../../fakes/memory-store.ts'
import { scriptedHosts } from '../../fakes/scripted-hosts.ts'
import { makeCertificates } from '../../lab/certificates.ts'
import { hangingServer, listen } from '../../lab/servers.ts'
import { type Smtp, type SmtpOptions, startSmtp } from '../../lab/smtp.ts'
import { closet, say } from '../../run/harness.ts'
import { needs } from '../../support/needs.ts'

const ended: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const end of ended.splice(0).reverse()) await end()
})

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'reops-mail-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

async function serve(options?: SmtpOptions): Promise<Smtp> {
  const server = await startSmtp(options)
  ended.push(() => server.stop())
  return server
}

interface Stage {
  readonly published: Json[]
  readonly stages: string[]
  readonly pauses: number[]
  /** Runs a pipeline; answers what it answers and what the step of the mail answered. */
  run<O>(operation: Operation<any, O>, name?: string): Promise<{ output: O; journal: Json }>
}

function stage(mail: object | undefined): Stage {
  const config = configSchema.parse(
    mail === undefined ? {} : { mail: { host: '127.0.0.1', from: 'Closet <closet@example.org>', ...mail } },
  )
  const { clock, pauses } = hastyClock()
  const published: Json[] = []
  const stages: string[] = []
  const runtime = localRuntime({
    hosts: scriptedHosts({ b: ['unreachable'] } as never, clock),
    mail: wireMail({ config, folder, file: undefined }),
    store: memoryStore(),
    clock,
    out: { publish: (_topic, data) => void published.push(data) },
    progress: event => event.kind === 'stage' && stages.push(event.stage),
    nameOf: () => undefined,
  })
  ended.push(() => runtime.close())
  return {
    published,
    stages,
    pauses,
    async run(operation, name) {
      const execution = await runtime.submit(operation, undefined, { name })
      const output = await execution.result()
      let journal: Json = null
      for await (const event of execution.events()) {
        const told = event.taskSucceededEventDetails as { readonly output?: string } | undefined
        if (told?.output?.includes('"attempts"')) journal = JSON.parse(told.output)
      }
      return { output, journal }
    },
  }
}

const plain = { tls: 'none' } as const
const to = 'ops@example.org'

/** What a mail says, without its transfer encoding. */
function read(raw: string): string {
  return raw
    .replaceAll(/=\r\n/g, '')
    .replaceAll(/(?:=[0-9A-F]{2})+/g, hex => Buffer.from(hex.replaceAll('=', ''), 'hex').toString('utf8'))
}

describe('a mail', () => {
  test('shows an outcome as a table, in text and HTML, and hands it on unchanged', async () => {
    const server = await serve()
    const { run } = stage({ ...plain, port: server.port })
    const { output } = await run(
      pipe(say(closet, 'hello'), email({ to, subject: 'disks <of> the closet ✓' })),
      'one',
    )
    expect(output.successful.length + output.failure.length).toBe(3)
    const [{ raw, from, to: recipients }] = server.taken as [Smtp['taken'][number]]
    expect(from).toBe('closet@example.org')
    expect(recipients).toEqual([to])
    const said = read(raw)
    expect(said).toContain('From: Closet <closet@example.org>')
    expect(said).toContain('Auto-Submitted: auto-generated')
    expect(said).toContain('3 hosts: ')
    expect(said).toContain('flow adhoc, execution one, step email')
    expect(said).toContain('Content-Type: text/plain')
    expect(said).toContain('<pre style')
  })

  test('says what its author writes, and is escaped where the author did not write HTML', async () => {
    const server = await serve()
    const { run } = stage({ ...plain, port: server.port })
    await run(
      email({ to: [to, `Ops <${to}>`, 'b@example.org'], subject: 'x', text: 'hot: 70 < 71 & rising' }),
    )
    const said = read(server.taken[0]!.raw)
    expect(said).toContain('hot: 70 < 71 & rising')
    expect(said).toContain('hot: 70 &lt; 71 &amp; rising')
    expect(server.taken[0]!.to).toEqual([to, 'b@example.org'])
  })

  test('is the same mail when its step is repeated, and another one otherwise', async () => {
    const server = await serve({ onAsked: asked => (asked === 'DATA' ? '451 not now' : undefined) })
    const { run } = stage({ ...plain, port: server.port })
    const execution = { id: 'arn', name: 'one', flow: 'disks', startedAt: '2030-01-01T00:00:00Z' }
    const idOf = (step: string, data: Json, id = 'arn') =>
      compose(data, { to: [to], subject: 'x' }, { execution: { ...execution, id }, step }).id
    expect(idOf('email', 1)).toBe(idOf('email', 1))
    expect(
      new Set([idOf('email', 1), idOf('email 2', 1), idOf('email', 2), idOf('email', 1, 'other')]).size,
    ).toBe(4)
    const { journal } = await run(email({ to, subject: 'x', within: 1 }))
    expect(journal).toMatchObject({ sent: false, id: expect.stringMatching(/^[0-9a-f]{32}$/) })
  })

  test('is cut where it would be a book, and says so', () => {
    const execution = { id: 'arn', name: 'one', flow: 'disks', startedAt: '' }
    const { text } = compose(
      'word\n'.repeat(100_000),
      { to: [to], subject: 'x' },
      { execution, step: 'email' },
    )
    expect(text.length).toBeLessThan(201_000)
    expect(text).toMatch(/… and \d+ characters more/)
  })

  test('is passed on to its server with its id', async () => {
    const server = await serve()
    const { run } = stage({ ...plain, port: server.port })
    const { journal } = await run(email({ to, subject: 'x' }))
    const { id } = journal as { readonly id: string }
    expect(server.taken[0]!.raw).toContain(`Message-ID: <${id}.reops@example.org>`)
  })
})

describe('a server that speaks TLS', needs('openssl'), () => {
  let certificates: Awaited<ReturnType<typeof makeCertificates>>
  beforeAll(async () => {
    certificates = await makeCertificates(folder)
  })

  test.each([
    ['starttls', false],
    ['implicit', true],
  ] as const)('gets a password only over %s', async (tls, secure) => {
    const server = await serve({ ...certificates, secure, users: { ops: 'secret' } })
    await writeFile(path.join(folder, 'password'), 'secret\n')
    const settings = {
      host: 'localhost',
      port: server.port,
      tls,
      ca: certificates.caFile,
      user: 'ops',
      password: { file: 'password' },
    }
    const { run } = stage(settings)
    const { journal } = await run(email({ to, subject: 'x' }))
    expect(journal).toMatchObject({ sent: true, attempts: 1, accepted: [to], refused: [] })
    expect(server.taken).toMatchObject([{ secure: true, user: 'ops' }])
  })

  test('is told nothing when nobody trusts its certificate, and is not asked again', async () => {
    const server = await serve({ ...certificates, users: { ops: 'secret' } })
    const { run, published, pauses } = stage({ host: 'localhost', port: server.port })
    const { journal } = await run(email({ to, subject: 'x' }))
    expect(journal).toMatchObject({
      sent: false,
      attempts: 1,
      problem: expect.stringContaining('name who signed it with ca'),
    })
    expect(published).toEqual([expect.stringContaining('the mail "x" was not sent')])
    expect(pauses).toEqual([])
    expect(server.asked).toEqual([])
  })

  test('refuses a user in its own words', async () => {
    const server = await serve({ ...certificates, users: { ops: 'other' } })
    process.env.REOPS_TEST_MAIL = 'secret'
    const { run } = stage({
      host: 'localhost',
      port: server.port,
      ca: certificates.caFile,
      user: 'ops',
      password: { env: 'REOPS_TEST_MAIL' },
    })
    const { journal } = await run(email({ to, subject: 'x' }))
    expect(journal).toMatchObject({
      sent: false,
      attempts: 1,
      problem: expect.stringMatching(/user or password: 535.*I do not know you/),
    })
    expect(JSON.stringify(journal)).not.toContain('secret')
  })

  test('is needed unless it is said otherwise', async () => {
    const server = await serve({ disabledCommands: ['STARTTLS'] })
    const { run } = stage({ host: 'localhost', port: server.port })
    const { journal } = await run(email({ to, subject: 'x' }))
    expect(journal).toMatchObject({ sent: false, attempts: 1, problem: expect.stringContaining('STARTTLS') })
    expect(server.asked).toEqual([])
  })
})

describe('a mail that is not taken', () => {
  test('is sent again to a server that wants it later', async () => {
    let times = 0
    const server = await serve({
      onAsked: asked =>
        asked.startsWith('RCPT') && ++times < 4 ? '450 4.2.0 greylisted, come again' : undefined,
    })
    const { run, pauses, stages, published } = stage({ ...plain, port: server.port })
    const { journal } = await run(email({ to, subject: 'x' }))
    expect(journal).toMatchObject({ sent: true, attempts: 4, refused: [] })
    expect(server.taken).toHaveLength(1)
    expect(pauses).toHaveLength(3)
    for (const [index, pause] of pauses.entries()) expect(pause).toBeGreaterThanOrEqual(500 * 2 ** index)
    expect(stages[0]).toContain('greylisted, come again')
    expect(published).toEqual([])
  })

  test('goes again to those alone who have not got it', async () => {
    let times = 0
    const server = await serve({
      onAsked: asked => {
        if (asked === 'RCPT no@example.org') return '550 5.1.1 nobody of that name'
        return asked === 'RCPT later@example.org' && ++times < 2 ? '451 later' : undefined
      },
    })
    const { run, published } = stage({ ...plain, port: server.port })
    const { journal } = await run(email({ to: [to, 'later@example.org', 'no@example.org'], subject: 'x' }))
    expect(journal).toMatchObject({
      sent: true,
      accepted: [to, 'later@example.org'],
      refused: [{ address: 'no@example.org', reply: '550 5.1.1 nobody of that name' }],
    })
    expect(server.taken.map(one => one.to)).toEqual([[to], ['later@example.org']])
    expect(published).toEqual(['the mail "x" was not sent to no@example.org: 550 5.1.1 nobody of that name'])
  })

  test('is told with the words of a refusal, once, and the pipeline goes on', async () => {
    const server = await serve({
      onAsked: asked => (asked === 'DATA' ? '554 5.7.1 this is spam' : undefined),
    })
    const { run, published } = stage({ ...plain, port: server.port })
    const { output, journal } = await run(
      pipe(
        transform(() => 'kept'),
        email<string>({ to, subject: 'x' }),
        transform(text => `${text}!`),
      ),
    )
    expect(output).toBe('kept!')
    expect(journal).toMatchObject({
      sent: false,
      attempts: 1,
      problem: expect.stringContaining('554 5.7.1 this is spam'),
    })
    expect(published).toEqual([expect.stringContaining('this is spam')])
  })

  test('is sent again to a server that dies in the middle of it', async () => {
    let deaths = 0
    const server = await serve({ onBytes: socket => deaths++ < 2 && socket.destroy() })
    const { run } = stage({ ...plain, port: server.port })
    const { journal } = await run(email({ to, subject: 'x', text: 'word '.repeat(50_000) }))
    expect(journal).toMatchObject({ sent: true, attempts: 3 })
    expect(server.taken).toHaveLength(1)
  })

  test('waits no longer for a server that says nothing than it may', async () => {
    const server = await hangingServer()
    ended.push(() => server.stop())
    const { run } = stage({ ...plain, port: server.port, timeout: 1 })
    const { journal } = await run(email({ to, subject: 'x', within: 2 }))
    expect(journal).toMatchObject({
      sent: false,
      problem: expect.stringMatching(/no answer within 1 s|did not answer in time/),
    })
  })

  test('is broken off where a server says a word now and then', async () => {
    const timers: NodeJS.Timeout[] = []
    const server = await listen(socket => {
      timers.push(setInterval(() => socket.writable && socket.write('220-wait\r\n'), 50))
    })
    ended.push(
      () => server.stop(),
      async () => timers.forEach(clearInterval),
    )
    const { run } = stage({ ...plain, port: server.port, timeout: 1 })
    const { journal } = await run(email({ to, subject: 'x', within: 1 }))
    expect(journal).toMatchObject({ sent: false })
  })

  test('ends before the timeout that it stands in', async () => {
    const server = await hangingServer()
    ended.push(() => server.stop())
    const { run } = stage({ ...plain, port: server.port })
    const { output } = await run(
      timeout(
        pipe(
          transform(() => 'kept'),
          email<string>({ to, subject: 'x' }),
        ),
        3,
      ),
    )
    expect(output).toBe('kept')
  })

  test('is refused where nobody listens, and where no server is named', async () => {
    const server = await hangingServer()
    await server.stop()
    const gone = await stage({ ...plain, port: server.port }).run(email({ to, subject: 'x', within: 5 }))
    expect(gone.journal).toMatchObject({ sent: false, problem: expect.stringContaining('ECONNREFUSED') })
    const { journal } = await stage(undefined).run(email({ to, subject: 'x' }))
    expect(journal).toMatchObject({
      sent: false,
      attempts: 0,
      problem: expect.stringContaining('reops.config.ts'),
    })
  })

  test('fails the pipeline where it is required', async () => {
    const { run } = stage({ ...plain, port: 1, user: 'ops', password: { env: 'REOPS_TEST_NOTHING' } })
    await expect(run(email({ to, subject: 'x', required: true }))).rejects.toMatchObject({
      error: 'MailNotSent',
      message: expect.stringContaining('REOPS_TEST_NOTHING'),
    })
  })
})

describe('what no mail can be made of is refused when it is written', () => {
  test.each([
    ['two addresses in one', { to: 'a@b.c, d@e.f', subject: 'x' }],
    ['a header in an address', { to: 'a@b.c\r\nBcc: d@e.f', subject: 'x' }],
    ['a header in a name', { to: 'A\nBcc: d@e.f <a@b.c>', subject: 'x' }],
    ['a header in a subject', { to, subject: 'x\r\nBcc: d@e.f' }],
    ['no subject', { to, subject: '' }],
    ['nobody', { to: [], subject: 'x' }],
    ['a crowd', { to: Array.from({ length: 51 }, (_, one) => `a${one}@b.c`), subject: 'x' }],
    ['a book', { to, subject: 'x', text: 'x'.repeat(1_000_001) }],
    ['a wait of hours', { to, subject: 'x', within: '2h' as const }],
    ['a word that nobody knows', { to, subject: 'x', cc: 'a@b.c' }],
  ])('%s', (_what, options) => {
    expect(() => email(options)).toThrow(expect.objectContaining({ name: 'InvalidArguments' }))
  })

  test.each([
    ['a password in the clear', { ...plain, host: 'mail.lan', user: 'ops', password: { env: 'X' } }, 'tls'],
    ['a user without a password', { host: 'mail.lan', user: 'ops' }, 'password'],
    ['a password itself', { host: 'mail.lan', user: 'ops', password: 'secret' }, 'password'],
    ['a sender with a header', { host: 'mail.lan', from: 'a@b.c\nBcc: d@e.f' }, 'from'],
  ])('so is %s in the configuration', (_what, mail, field) => {
    const parsed = configSchema.safeParse({ mail: { from: 'a@b.c', ...mail } })
    expect(parsed.error?.issues[0]?.path.slice(0, 2)).toEqual(['mail', field])
  })
})
