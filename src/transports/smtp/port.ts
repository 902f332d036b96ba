import { createTransport, type SMTPTransportOptions } from 'nodemailer'
import type { MailPort, MailReceipt } from '../../core/mail.ts'
import { readMailAddress } from '../../core/mail-address.ts'
import type { SmtpSettings } from '../../core/mail-settings.ts'
import { messageOf } from '../mail-message.ts'
import { explainSmtp, refusalsIn } from './trouble.ts'

export interface SmtpOptions {
  readonly settings: SmtpSettings
  readonly password?: string | undefined
  /** In PEM: who signed the server's certificate. */
  readonly ca?: string | undefined
}

/**
 * Hands mails to a server by SMTP, one connection a mail. Nothing is said in the clear that was to be said over TLS, whatever
 * the server offers, and its certificate is always checked.
 */
export function openSmtp({ settings, password, ca }: SmtpOptions): MailPort {
  const { host, tls, from, user, timeout } = settings
  const port = settings.port ?? (tls === 'implicit' ? 465 : 587)
  const server = `${host}:${port}`
  const sender = readMailAddress(from)!
  const options: SMTPTransportOptions = {
    host,
    port,
    secure: tls === 'implicit',
    requireTLS: tls === 'starttls',
    ignoreTLS: tls === 'none',
    tls: { minVersion: 'TLSv1.2', rejectUnauthorized: true, ...(ca === undefined ? {} : { ca }) },
    ...(user === undefined ? {} : { auth: { user, pass: password ?? '' } }),
    connectionTimeout: timeout * 1_000,
    greetingTimeout: timeout * 1_000,
    socketTimeout: timeout * 1_000,
    socketCloseTimeout: 0,
  }
  return {
    server,
    async send(mail, recipients, signal) {
      const attempt = AbortSignal.timeout(timeout * 1_000)
      const transport = createTransport(options)
      try {
        const { accepted, rejectedErrors } = await transport.sendMail({
          ...messageOf(mail, sender),
          envelope: { from: sender.address, to: [...recipients] },
          signal: AbortSignal.any([signal, attempt]),
        })
        return receiptOf(recipients, accepted.map(addressOf), rejectedErrors)
      } catch (thrown) {
        const refused = refusalsIn((thrown as { readonly rejectedErrors?: unknown }).rejectedErrors)
        if (refused.length > 0) return { accepted: [], refused }
        throw explainSmtp(thrown, server, attempt.aborted ? timeout : undefined)
      } finally {
        transport.close()
      }
    },
  }
}

function addressOf(one: string | { readonly address: string }): string {
  return typeof one === 'string' ? one : one.address
}

/** Everyone is in one of the two, whatever the client forgets. */
function receiptOf(recipients: readonly string[], accepted: readonly string[], errors: unknown): MailReceipt {
  const refused = refusalsIn(errors)
  const known = new Set([...accepted, ...refused.map(({ address }) => address)])
  const forgotten = recipients.filter(address => !known.has(address))
  return {
    accepted,
    refused: [
      ...refused,
      ...forgotten.map(address => ({ address, reply: 'the server said nothing of it', permanent: true })),
    ],
  }
}
