import { awsNameOf } from '../../src/core/aws-errors/explain.ts'
import { type MailPort, MailTrouble } from '../../src/core/mail.ts'
import { wireSes } from '../../src/run/mail-by-ses.ts'
import { findInFlows } from '../shared/find.ts'
import { log } from '../shared/log.ts'
import { serveTasks } from '../shared/tasks.ts'

/** Sends mails by SES, in the name of the configured sender. */
export const handler = serveTasks(({ settings }) => ({
  find: findInFlows(),
  mail: settings.mail && logged(wireSes(settings.mail, settings.aws)),
}))

/** Tells of a mail that is not sent, and of its trouble by name alone: what SES says has addresses in it. */
function logged(port: MailPort): MailPort {
  return {
    server: port.server,
    async send(mail, recipients, signal) {
      try {
        return await port.send(mail, recipients, signal)
      } catch (error) {
        const cause = error instanceof MailTrouble ? error.cause : error
        log({ level: 'warn', message: 'mail not sent', mail: mail.id, error: awsNameOf(cause) })
        throw error
      }
    },
  }
}
