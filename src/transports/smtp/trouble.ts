import * as z from 'zod'
import { type MailRefusal, MailTrouble } from '../../core/mail.ts'
import { oneLine } from '../../core/one-line.ts'

/** What is read of the client's errors. */
const errorSchema = z.object({
  message: z.string().catch(''),
  code: z.string().optional().catch(undefined),
  originalCode: z.string().optional().catch(undefined),
  responseCode: z.number().optional().catch(undefined),
  response: z.string().optional().catch(undefined),
  recipient: z.string().optional().catch(undefined),
})

/** Troubles without an answer of the server that may be over soon. */
const passing = new Set(['ECONNECTION', 'ETIMEDOUT', 'ESOCKET', 'EDNS', 'ETLS', 'EABORT'])

/** Names of what OpenSSL has against a certificate, or TLS against the other side. */
const untrusted = /CERT|SELF_SIGNED|ISSUER|ALTNAME|UNABLE_TO_VERIFY|ERR_SSL|ERR_TLS/

/** Who was refused among several, and the server's words. */
export function refusalsIn(errors: unknown): MailRefusal[] {
  const parsed = z.array(errorSchema).safeParse(errors)
  if (!parsed.success) return []
  return parsed.data.flatMap(({ recipient, response, message, responseCode = 0 }) =>
    recipient === undefined
      ? []
      : [
          {
            address: recipient,
            reply: oneLine(response ?? message, 500),
            permanent: responseCode < 400 || responseCode >= 500,
          },
        ],
  )
}

/**
 * Says what came in the way of a mail, with the server's words where it said any. An answer of 400 to 499 and a connection that
 * broke or was not made may be otherwise soon; a certificate that nobody trusts and an answer of 500 or more stay as they are.
 * `timeout` is the seconds that were over, where that ended the attempt.
 */
export function explainSmtp(thrown: unknown, server: string, timeout?: number): MailTrouble {
  const { message, code, originalCode, responseCode, response } = errorSchema.parse(
    thrown instanceof Error ? { ...thrown, message: thrown.message } : { message: String(thrown) },
  )
  const trouble = (text: string, retryable: boolean) =>
    new MailTrouble(`${server}: ${text}`, { retryable, cause: thrown })
  if (timeout !== undefined) return trouble(`no answer within ${timeout} s`, true)
  const said = oneLine(response ?? '', 500)
  if (responseCode !== undefined) {
    const retryable = responseCode >= 400 && responseCode < 500
    if (code === 'EAUTH') return trouble(`the server refuses our user or password: ${said}`, retryable)
    if (code === 'ETLS')
      return trouble(
        `the server has no STARTTLS: ${said}; say tls: 'implicit' or 'none' where that is meant`,
        retryable,
      )
    return trouble(said, retryable)
  }
  const why = oneLine(message, 500)
  if (untrusted.test(originalCode ?? '') || untrusted.test(code ?? ''))
    return trouble(
      `its certificate is not trusted: ${why}; name who signed it with ca in mail of reops.config.ts`,
      false,
    )
  return trouble(why, passing.has(code ?? ''))
}
