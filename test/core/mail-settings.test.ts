import { describe, expect, test } from 'vitest'
import { configSchema } from '../../src/core/config.ts'
import { explainIssues } from '../../src/core/errors.ts'
import { sesOf } from '../../src/core/mail-settings.ts'

const from = 'closet@example.org'
const identityArn = 'arn:aws:ses:eu-central-1:123456789012:identity/example.org'

function told(mail: unknown): string {
  const parsed = configSchema.safeParse({ mail })
  return parsed.success ? 'accepted' : explainIssues(parsed.error.issues)
}

test('mails go to a server, or to SES by as much as is said of it', () => {
  const parse = (mail: object) => configSchema.parse({ mail: { from, ...mail } } as never).mail
  expect(parse({ ses: true })).toEqual({ from, ses: {} })
  const ses = { region: 'eu-west-1', configurationSet: 'closet', identityArn }
  expect(parse({ ses })).toEqual({ from, ses })
  expect(parse({ host: 'mail.lan' })).toMatchObject({ from, host: 'mail.lan', tls: 'starttls', timeout: 30 })
})

test('the cloud has the sender of either', () => {
  expect(sesOf(undefined)).toBeUndefined()
  const { mail } = configSchema.parse({
    mail: { host: 'mail.lan', from, user: 'closet', password: { env: 'X' } },
  })
  expect(sesOf(mail)).toEqual({ from, ses: {} })
  expect(sesOf({ from, ses: { region: 'eu-west-1' } })).toEqual({ from, ses: { region: 'eu-west-1' } })
})

describe('what does not fit is told by the field that it stands in', () => {
  test.each([
    ['both', { from, ses: true, host: 'mail.lan' }, /^mail: it has either host.*or ses: true/],
    ['neither', { from }, /^mail: it has either host/],
    ['no settings', 'mail.lan', /^mail: it has either host/],
    ['nobody', { ses: true }, /^mail\.from: /],
    ['a sender with a header', { ses: true, from: 'a@b.c\nBcc: d@e.f' }, /^mail\.from: it is written like/],
    ['a password', { ses: true, from, user: 'ops', password: { env: 'X' } }, /^mail: .*"user"/],
    ['no at all', { ses: false, from }, /^mail\.ses: /],
    ['a region of nowhere', { ses: { region: 'Frankfurt' }, from }, /^mail\.ses\.region: a region is/],
    ['a word that nobody knows', { ses: { colour: 'red' }, from }, /^mail\.ses: .*"colour"/],
    ['an identity of all', { ses: { identityArn: `${identityArn}*` }, from }, /^mail\.ses\.identityArn: /],
    ['a set of two words', { ses: { configurationSet: 'a b' }, from }, /^mail\.ses\.configurationSet: /],
  ])('%s', (_what, mail, words) => {
    expect(told(mail)).toMatch(words)
  })
})
