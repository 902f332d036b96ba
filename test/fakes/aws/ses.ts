import { randomUUID } from 'node:crypto'
import { jsonReply, type WireCall, WireError, type WireReply, type WireService } from './wire.ts'

/** A mail that SES has taken. */
export interface SentMail {
  readonly id: string
  /** As `FromEmailAddress` says it. */
  readonly from: string
  readonly to: readonly string[]
  /** MIME, as it came. */
  readonly raw: string
  readonly region: string
  readonly configurationSet: string | undefined
  readonly identityArn: string | undefined
}

export interface FakeSes extends WireService {
  /** Addresses and domains that are verified. */
  readonly identities: Set<string>
  readonly configurationSets: Set<string>
  readonly sent: SentMail[]
  /** Where it is in, mails go to verified addresses alone. */
  sandbox: boolean
  account: 'healthy' | 'paused' | 'suspended'
}

/** AWS's limits of one mail. */
const mostRecipients = 50
const mostBytes = 40 * 1_024 ** 2

/**
 * SES as far as SendEmail of version 2 of its API goes (its API reference, and the developer guide for the sandbox): what it
 * asks of a mail, and whom it lets send to whom. A mail is taken for all recipients or for none.
 */
export function fakeSes(...verified: readonly string[]): FakeSes {
  const ses: FakeSes = {
    name: 'ses',
    protocol: 'rest-json',
    identities: new Set(verified),
    configurationSets: new Set(),
    sent: [],
    sandbox: false,
    account: 'healthy',
    handle: call => {
      if (call.method === 'POST' && call.path === '/v2/email/outbound-emails') return send(ses, call)
      throw new WireError('UnknownOperationException', `${call.method} ${call.path}`, 404)
    },
  }
  return ses
}

function send(ses: FakeSes, { json, region }: WireCall): WireReply {
  const { FromEmailAddress: from, FromEmailAddressIdentityArn: identityArn, Destination, Content } = json
  const configurationSet: string | undefined = json.ConfigurationSetName
  if (ses.account === 'suspended') throw new WireError('AccountSuspendedException', 'Account is suspended')
  if (ses.account === 'paused')
    throw new WireError('SendingPausedException', 'Email sending is disabled for this account')
  if (configurationSet !== undefined && !ses.configurationSets.has(configurationSet))
    throw new WireError('NotFoundException', `Configuration set <${configurationSet}> does not exist.`, 404)
  const to: readonly string[] = [
    ...(Destination?.ToAddresses ?? []),
    ...(Destination?.CcAddresses ?? []),
    ...(Destination?.BccAddresses ?? []),
  ]
  if (to.length > mostRecipients) throw bad(`Recipient count exceeds ${mostRecipients}.`)
  const raw = rawOf(Content)
  // The mail's own header counts where the call does not say it.
  const sender = bareAddress(from ?? headerOf(raw, 'From'))
  const recipients = to.length > 0 ? to : [headerOf(raw, 'To')]
  for (const one of [sender, ...recipients.map(bareAddress)])
    if (!/^[^\s@]+@[^\s@]+$/.test(one)) throw bad('Local address contains control or whitespace')
  const failed = [sender, ...(ses.sandbox ? recipients.map(bareAddress) : [])].filter(
    one => !isVerified(ses, one),
  )
  if (failed.length > 0 && !(identityArn !== undefined && failed[0] === sender && failed.length === 1))
    throw new WireError(
      'MessageRejected',
      `Email address is not verified. The following identities failed the check in region ${region.toUpperCase()}: ${failed.join(', ')}`,
    )
  const id = randomUUID()
  ses.sent.push({ id, from: from ?? sender, to: recipients, raw, region, configurationSet, identityArn })
  return jsonReply({ MessageId: id })
}

function rawOf(content: Readonly<Record<string, any>> | undefined): string {
  const kinds = Object.keys(content ?? {})
  if (kinds.length !== 1) throw bad('Content must have exactly one of Simple, Raw and Template.')
  const data = content?.Raw?.Data
  if (typeof data !== 'string' || data === '') throw bad('The fake takes raw mails alone.')
  const raw = Buffer.from(data, 'base64')
  if (raw.length > mostBytes) throw bad('Message length exceeds the limit.')
  const text = raw.toString('utf8')
  if (!/^[\w-]+:/.test(text) || !text.includes('\r\n\r\n')) throw bad('Missing final header terminator.')
  if (text.split('\r\n').some(line => Buffer.byteLength(line) > 998))
    throw bad('A line is longer than 998 characters.')
  return text
}

function headerOf(raw: string, name: string): string {
  return new RegExp(`^${name}: (.*)$`, 'im').exec(raw)?.[1]?.trim() ?? ''
}

function bareAddress(text: string): string {
  return /<([^<>]*)>$/.exec(text)?.[1] ?? text
}

function isVerified({ identities }: FakeSes, address: string): boolean {
  return identities.has(address) || identities.has(address.split('@')[1] ?? '')
}

function bad(message: string): WireError {
  return new WireError('BadRequestException', message)
}
