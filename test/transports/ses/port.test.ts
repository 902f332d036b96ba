import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import type { Mail } from '../../../src/core/mail.ts'
import { openSes, type SesOptions } from '../../../src/transports/ses/port.ts'
import { type FakeSes, fakeSes } from '../../fakes/aws/ses.ts'
import { type Aws, awsEnvironment, startAws, WireError } from '../../fakes/aws/wire.ts'

let ses: FakeSes
let aws: Aws
beforeAll(async () => {
  for (const [name, value] of Object.entries(awsEnvironment)) vi.stubEnv(name, value)
})
afterAll(async () => {
  vi.unstubAllEnvs()
  await aws?.end()
})
beforeEach(async () => {
  await aws?.end()
  ses = fakeSes('example.org')
  aws = await startAws(ses)
})

const mail: Mail = {
  id: '0123456789abcdef0123456789abcdef',
  to: ['ops@example.net', 'night@example.net'],
  subject: 'disks of the closet ✓',
  text: 'foo is full',
  html: '<p>foo is full</p>',
}

const never = new AbortController().signal

function port(options: Partial<SesOptions> = {}) {
  return openSes({
    server: 'SES in eu-central-1',
    from: 'Clöset <closet@example.org>',
    settings: {},
    region: 'eu-central-1',
    endpoint: aws.endpoint,
    ...options,
  })
}

/** What became of one attempt that failed. */
async function trouble(options: Partial<SesOptions> = {}, signal = never) {
  const error = await port(options)
    .send(mail, mail.to, signal)
    .then(
      () => undefined,
      (thrown: unknown) => thrown,
    )
  expect(error).toMatchObject({ name: 'MailTrouble' })
  return error as { readonly message: string; readonly retryable: boolean }
}

describe('a mail', () => {
  test('is handed over as it is written, for everyone at once', async () => {
    expect(await port().send(mail, mail.to, never)).toEqual({ accepted: mail.to, refused: [] })
    const [sent, ...more] = ses.sent
    expect(more).toEqual([])
    expect(sent).toMatchObject({ to: mail.to, region: 'eu-central-1' })
    expect(sent!.from).toMatch(/^=\?UTF-8\?Q\?Cl=C3=B6set\?= <closet@example\.org>$/)
    const { raw } = sent!
    expect(raw).toContain('From: =?UTF-8?Q?Cl=C3=B6set?= <closet@example.org>\r\n')
    expect(raw).toContain('To: ops@example.net, night@example.net\r\n')
    expect(raw).toContain('Auto-Submitted: auto-generated\r\n')
    expect(raw).toContain(`X-Reops-Mail: ${mail.id}\r\n`)
    expect(raw).toContain('foo is full')
    expect(raw).toContain('<p>foo is full</p>')
  })

  test('goes to those alone who have not got it', async () => {
    await port().send(mail, ['night@example.net'], never)
    expect(ses.sent).toMatchObject([{ to: ['night@example.net'] }])
  })

  test('names the configuration set, and whose identity it uses', async () => {
    ses.configurationSets.add('closet')
    const identityArn = 'arn:aws:ses:eu-central-1:210987654321:identity/example.com'
    await port({
      from: 'closet@example.com',
      settings: { configurationSet: 'closet', identityArn },
    }).send(mail, mail.to, never)
    expect(ses.sent).toMatchObject([{ configurationSet: 'closet', identityArn, from: 'closet@example.com' }])
  })

  test('may be as long as an author can write it', async () => {
    const text = 'überlang '.repeat(110_000)
    await port().send({ ...mail, text, html: text }, mail.to, never)
    expect(ses.sent).toHaveLength(1)
  })
})

describe('what stays as it is', () => {
  test('a sender whom nobody has verified', async () => {
    const { message, retryable } = await trouble({ from: 'closet@elsewhere.org' })
    expect(retryable).toBe(false)
    expect(message).toMatch(/^SES in eu-central-1: Email address is not verified.*EU-CENTRAL-1: closet@elsew/)
    expect(message).toContain('verify closet@elsewhere.org or its domain')
  })

  test('a sandbox, which takes a mail for nobody when one may not have it', async () => {
    ses.sandbox = true
    ses.identities.add('ops@example.net')
    const { message, retryable } = await trouble()
    expect(retryable).toBe(false)
    expect(message).toContain('night@example.net')
    expect(message).toContain('until production access is granted')
    expect(ses.sent).toEqual([])
  })

  test('an account that is paused or suspended', async () => {
    ses.account = 'paused'
    expect(await trouble()).toMatchObject({
      retryable: false,
      message: expect.stringContaining('account dashboard'),
    })
    ses.account = 'suspended'
    expect(await trouble()).toMatchObject({
      retryable: false,
      message: expect.stringContaining('support center'),
    })
  })

  test('a configuration set that is not there', async () => {
    expect(await trouble({ settings: { configurationSet: 'gone' } })).toMatchObject({
      retryable: false,
      message: expect.stringMatching(/<gone> does not exist.*reops\.config\.ts/),
    })
  })

  test.each([
    ['MessageRejected', 'contains a virus', 'look at what the mail says'],
    ['MailFromDomainNotVerifiedException', 'not verified', 'MX record'],
    ['BadRequestException', 'Domain ends with dot', 'look at mail in reops.config.ts'],
    ['AccessDeniedException', 'is not authorized to perform ses:SendEmail', 'may not do ses:SendEmail'],
    ['ExpiredTokenException', 'The security token is expired', 'aws sso login'],
    ['SomethingNewException', 'of next year', 'AWS refuses ses:SendEmail: SomethingNew'],
  ])('%s', async (name, said, advice) => {
    aws.next('ses', new WireError(name, said))
    const { message, retryable } = await trouble()
    expect(retryable).toBe(false)
    expect(message).toContain(said)
    expect(message).toContain(advice)
  })

  test('no region', async () => {
    vi.stubEnv('AWS_REGION', undefined)
    vi.stubEnv('AWS_CONFIG_FILE', '/dev/null')
    try {
      expect(await trouble({ region: undefined })).toMatchObject({
        retryable: false,
        message: expect.stringContaining("aws: { region: 'eu-central-1' }"),
      })
    } finally {
      vi.stubEnv('AWS_REGION', awsEnvironment.AWS_REGION)
      vi.stubEnv('AWS_CONFIG_FILE', undefined)
    }
  })
})

describe('what may be otherwise soon, and is tried once here', () => {
  test.each([
    ['a rate', new WireError('TooManyRequestsException', 'Maximum sending rate exceeded.', 429), 'a second'],
    ['a quota', new WireError('LimitExceededException', 'Daily message quota exceeded.'), 'a day'],
    ['a throttle', 'throttle', 'too busy'],
    ['a trouble of its own', 500, 'trouble of its own'],
    ['a line that breaks', 'hang up', 'does not answer'],
  ] as const)('%s', async (_what, mischief, words) => {
    aws.next('ses', mischief)
    const { message, retryable } = await trouble()
    expect(message).toContain(words)
    expect(retryable).toBe(true)
    expect(aws.callsOf('ses')).toHaveLength(1)
  })

  test('nobody there', async () => {
    const { endpoint } = aws
    await aws.end()
    expect(await trouble({ endpoint })).toMatchObject({ retryable: true })
  })

  test('no answer within the time of an attempt', async () => {
    aws.next('ses', 'never answer')
    expect(await trouble({ timeoutMs: 300 })).toMatchObject({
      retryable: true,
      message: 'SES in eu-central-1: no answer within 1 s',
    })
  })
})

test('an attempt ends when nobody wants it any more', async () => {
  aws.next('ses', 'never answer')
  const stop = new AbortController()
  const failed = trouble({}, stop.signal)
  await vi.waitUntil(() => aws.calls.length === 1)
  stop.abort()
  await failed
  await trouble({}, AbortSignal.abort())
  expect(aws.calls).toHaveLength(1)
})
