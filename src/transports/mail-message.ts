import type { Mail } from '../core/mail.ts'
import type { MailAddress } from '../core/mail-address.ts'

/** A mail as nodemailer takes it, whoever carries it then. Nothing is fetched for it: what it is made of stands in it. */
export function messageOf({ id, to, subject, text, html }: Mail, from: MailAddress) {
  const own = from.address.split('@')[1]!
  return {
    messageId: `<${id}.reops@${own}>`,
    from,
    to: [...to],
    subject,
    text,
    html,
    headers: {
      // Nobody's holiday notice answers a machine.
      'Auto-Submitted': 'auto-generated',
      // Who carries a mail may give it an id of their own, and this stays.
      'X-Reops-Mail': id,
    },
    disableFileAccess: true,
    disableUrlAccess: true,
  }
}
