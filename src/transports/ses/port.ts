import { createTransport } from 'nodemailer'
import { type AwsClientOptions, sdkConfig } from '../../core/aws.ts'
import { defined } from '../../core/defined.ts'
import type { MailPort } from '../../core/mail.ts'
import { readMailAddress } from '../../core/mail-address.ts'
import type { SesSettings } from '../../core/mail-settings.ts'
import { messageOf } from '../mail-message.ts'
import { explainSes } from './trouble.ts'

export interface SesOptions extends AwsClientOptions {
  /** What people call it, such as `SES in eu-central-1`. */
  readonly server: string
  /** Whom mails are from: an address that SES has verified, or one of a domain that it has. */
  readonly from: string
  readonly settings: Pick<SesSettings, 'configurationSet' | 'identityArn'>
  /** Milliseconds that one attempt may take; half a minute when left out. */
  readonly timeoutMs?: number | undefined
}

/** Milliseconds. */
const usualTimeout = 30_000

/**
 * Hands mails to SES of AWS, version 2 of its API, one client a mail. SES takes a mail for everyone to whom it is written or
 * for nobody: who can't be reached is told to the sender's address later, as SES calls it by a bounce.
 *
 * @example
 * openSes({ server: 'SES', from: 'Closet <closet@example.org>', settings: {}, region: 'eu-central-1' })
 */
export function openSes({
  server,
  from,
  settings,
  timeoutMs = usualTimeout,
  ...options
}: SesOptions): MailPort {
  const sender = readMailAddress(from)!
  const about = { ...options, server, from: sender.address, configurationSet: settings.configurationSet }
  const request = defined({
    ConfigurationSetName: settings.configurationSet,
    FromEmailAddressIdentityArn: settings.identityArn,
  })
  return {
    server,
    async send(mail, recipients, signal) {
      const attempt = AbortSignal.timeout(timeoutMs)
      const ending = AbortSignal.any([signal, attempt])
      const { SESv2Client, SendEmailCommand } = await import('@aws-sdk/client-sesv2')
      // Whoever sends it knows how often: a second try of the SDK could be a second mail that nobody counts.
      const client = new SESv2Client({ ...sdkConfig(options), retryMode: 'standard', maxAttempts: 1 })
      const sesClient = {
        send: (command: unknown) => client.send(command as never, { abortSignal: ending }),
      }
      const transport = createTransport({ SES: { sesClient, SendEmailCommand } })
      try {
        await transport.sendMail({
          ...messageOf(mail, sender),
          envelope: { from: sender.address, to: [...recipients] },
          ses: request,
          signal: ending,
        })
        return { accepted: [...recipients], refused: [] }
      } catch (thrown) {
        throw explainSes(thrown, about, attempt.aborted ? timeoutMs : undefined)
      } finally {
        transport.close()
        client.destroy()
      }
    },
  }
}
